package answer

import "context"

// LedgerRequest is what questions to the ledger have in common. Empty fields take their defaults.
type LedgerRequest struct {
	// Workspace is set by whoever authorised the request, never copied from it.
	Workspace                  string
	From, To                   string
	EffectiveFrom, EffectiveTo string
	Basis, Model, Channel      string
}

// BridgeRequest is a question for a bridge.
type BridgeRequest struct {
	LedgerRequest
	Measure, By, Currency string
}

// PostingsRequest is a question for postings.
type PostingsRequest struct {
	LedgerRequest
	Measure, Reason, Campaign, Journey, Month, BookedMonth string
	Limit                                                  int
	Cursor                                                 string
}

// RatesRequest is a question for rates.
type RatesRequest struct {
	Workspace, Currency, From, To string
	Limit, Offset                 int
}

func (a *Answerer) Bridge(ctx context.Context, r BridgeRequest) (*Bridge, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) LedgerPostings(ctx context.Context, r PostingsRequest) (*Postings, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) Cause(ctx context.Context, workspace, id string) (*Cause, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) Audit(ctx context.Context, workspace, kind string, limit, offset int) (*Audit, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) Periods(ctx context.Context, workspace string) (*Periods, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) ClosePeriod(ctx context.Context, by Actor, month string, r PeriodRequest) (*Period, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) ReopenPeriod(ctx context.Context, by Actor, month string, r PeriodRequest) (*Period, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) Rates(ctx context.Context, r RatesRequest) (*RateList, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) PostRates(ctx context.Context, by Actor, file []byte) (*RatesPosted, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) Views(ctx context.Context, workspace string) (*SavedViews, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) View(ctx context.Context, workspace, id string) (*SavedView, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) SaveView(ctx context.Context, by Actor, id string, v SavedViewBody) (*SavedView, error) {
	return nil, ErrReadOnly
}
func (a *Answerer) DeleteView(ctx context.Context, by Actor, id string) error { return ErrReadOnly }
