package embedded

const engineClickHouse = "clickhouse"

type clickhouseSpec struct{}

func runClickHouse(clickhouseSpec) error { return nil }
