package collector_test

func runLoadedCollector() {}
