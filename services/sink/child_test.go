package sink_test

const childEnv = "TRIBUTARY_SINK_TEST_CHILD"

func runChildSink(string) int { return 1 }
