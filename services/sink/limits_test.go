package sink_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/services/sink"
)

// TestSink_poison sends records that are no messages of their topics, between good ones: they are kept as refused, and block nothing.
func TestSink_poison(t *testing.T) {
	s := newStack(t)
	w := newWorld(t, enginetest.Seed(t))
	run := s.start()
	var bad []message
	for i, topic := range sinkTopics {
		bad = append(bad,
			message{topic, "k", []byte("\xff\xff\xff\xff")}, // no protobuf
			message{topic, "k", nil},                        // a tombstone of compaction is no poison
		)
		if i%2 == 0 {
			s.send(w.step(50)...)
		}
		s.send(bad[len(bad)-2:]...)
	}
	s.send(message{"credits-v1", "k", []byte{}}) // a message without a journey
	s.send(w.step(50)...)
	s.drained()
	w.check(s)
	refused := s.rows(`SELECT endpoint, code, hex(raw), raw_length FROM rejected WHERE stage = 'sink' AND received_at > '2020-01-01'`)
	if len(refused) != len(sinkTopics)+1 {
		t.Errorf("%d refused, want %d:\n%s", len(refused), len(sinkTopics)+1, strings.Join(refused, "\n"))
	}
	if !strings.Contains(strings.Join(refused, "\n"), "'malformed_record','FFFFFFFF',4)") {
		t.Errorf("the bytes are not kept: %v", refused)
	}
	if n := run.value("tributary_sink_poison_records_total"); int(n) != len(sinkTopics)+1 {
		t.Errorf("%v counted", n)
	}
}

// TestSink_smallLimits makes every limit bite: tiny batches, a queue that is over its limit all the time, fetching paused and resumed.
func TestSink_smallLimits(t *testing.T) {
	s := newStack(t)
	s.cfg.BatchRows, s.cfg.BatchBytes, s.cfg.QueueBytes, s.cfg.FlushInterval = 20, 1000, 2000, 0
	w := newWorld(t, enginetest.Seed(t))
	s.send(w.step(3000)...)
	run := s.start()
	s.drained()
	w.check(s)
	if run.value("tributary_sink_fetch_pauses_total") == 0 {
		t.Error("fetching was never paused: the test shows nothing")
	}
	for _, metric := range []string{"records_total", "rows_total", "batches_total", "insert_seconds", "freshness_seconds", "newest_row_timestamp_seconds"} {
		if run.value("tributary_sink_"+metric) == 0 {
			t.Errorf("%s says 0", metric)
		}
	}
	eventually(t, "commits are counted, after Kafka has them", func() (bool, string) { return run.value("tributary_sink_offset_commits_total") > 0, "" })
	eventually(t, "lag and queue are empty", func() (bool, string) {
		lag, queued := run.value("tributary_sink_lag_records"), run.value("tributary_sink_queued_bytes")
		return lag == 0 && queued == 0, fmt.Sprint(lag, queued)
	})
}

// TestSink_stopFlushes stops right after records were taken from Kafka: they are written and committed.
func TestSink_stopFlushes(t *testing.T) {
	s := newStack(t)
	s.cfg.CommitInterval = sink.DefaultConfig().StopTimeout
	w := newWorld(t, enginetest.Seed(t))
	run := s.start()
	s.send(w.step(1000)...)
	eventually(t, "records are taken", func() (bool, string) {
		return run.value("tributary_sink_records_total") >= 1000, ""
	})
	run.stop()
	s.drained()
	w.check(s)
}

// TestSink_rates converts at the rate of the day, and not at all without rates.
func TestSink_rates(t *testing.T) {
	s := newStack(t)
	s.cfg.Models = []string{"linear"}
	s.cfg.Rates = []sink.Rate{
		{Workspace: "w", Currency: "JPY", Day: date("2024-01-01"), Rate: 0.5}, {Workspace: "w", Currency: "JPY", Day: date("2024-03-02"), Rate: 9},
	}
	run := s.start()
	s.send(everyMessage(t)...)
	s.drained()
	run.stop()
	if got := s.rows("SELECT spend, spend_base FROM spend"); len(got) != 1 || got[0] != "(1500,750)" {
		t.Errorf("spend %v", got)
	}
	// The journey is in KWD, of which there is no rate: the amount in the base currency is not known, and a count is a count.
	if got := s.rows("SELECT DISTINCT measure, isNaN(amount_base) FROM credits"); fmt.Sprint(got) != "[('conversion_value',1) ('conversions',0)]" {
		t.Errorf("credits %v", got)
	}
	s.cfg.Rates = []sink.Rate{{Workspace: "w", Currency: "KWD", Day: date("1970-01-01"), Rate: 2}}
	again := s.start()
	eventually(t, "the rates are replaced", func() (bool, string) {
		got := fmt.Sprint(s.rows("SELECT currency, rate FROM currency_rates FINAL"))
		return got == "[('KWD',2)]", got
	})
	again.stop()
	if got := s.rows("SELECT sum(amount_base) FROM credits WHERE measure = 'conversion_value'"); got[0] != "(24.69)" {
		t.Errorf("credits in the base currency %v", got)
	}
}

// TestConfig_Validate names every bad setting.
func TestConfig_Validate(t *testing.T) {
	if err := sink.DefaultConfig().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	err := sink.Config{FlushInterval: -1, Rates: []sink.Rate{{}}}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"kafka.brokers", "clickhouse.addr", "flush_interval", "batch_rows", "batch_bytes", "queue_bytes", "commit_interval", "retry_min", "stop_timeout",
		"session_timeout", "rates[0]",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if _, err := sink.New(sink.DefaultConfig(), sink.Dependencies{}); err == nil {
		t.Error("a sink without logger and registry")
	}
}
