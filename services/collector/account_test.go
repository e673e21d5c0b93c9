package collector_test

import "testing"

// TestAccounts_ofAFile: an export of accounts with those that were merged, which a change event does not tell of.
func TestAccounts_ofAFile(t *testing.T) {
	r := start(t, crms)
	got := r.post("/v1/stages", secretKey, "Id,MasterRecordId,IsDeleted,SystemModstamp\n001A,001B,1,2026-07-01T00:00:00Z\n001C,,1,2026-07-01T00:00:00Z\n", header("Content-Type", "text/csv"))
	if got.Status != 200 || got.Accepted != 2 {
		t.Fatalf("%d %s, want 2 accepted", got.Status, got.Raw)
	}
	merged := r.byID("salesforce:file:Account:001A:2026-07-01T00:00:00Z").Msg
	if a := merged.GetAccount(); merged.AccountId != "001A" || a.GetMergedInto() != "001B" || a.IsDeleted {
		t.Errorf("merged: %v", merged)
	}
	if gone := r.byID("salesforce:file:Account:001C:2026-07-01T00:00:00Z").Msg; !gone.GetAccount().GetIsDeleted() {
		t.Errorf("deleted: %v", gone)
	}
}
