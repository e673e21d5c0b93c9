package operator

import (
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// account derives what one CRM record of an account says, unless the latest one deletes it.
func (d *derivation) account(ev *pb.Event, a *pb.Account) {
	if a.GetDomain() == "" || d.s.isDeletedAccount() {
		return
	}
	domain := d.s.peer(identity.KindAccount, identity.DomainPrefix+a.Domain)
	d.link(pb.LinkKind_LINK_KIND_SAME_ACCOUNT, "a:"+ev.Id, d.s.id, ev, domain)
}

// isDeletedAccount tells whether the CRM deleted an account; one that was merged lives on in another.
func (s *subject) isDeletedAccount() bool {
	_, _, deleted := s.standing()
	return deleted
}

// answer tells an asker which person and account this terminal subject is, takes the answer back when the question moved on, and says
// nothing when nothing changed.
func (f *flush) answer(s *subject, it *item, was string) {
	q, ok := it.msg.(*pb.AccountInquiry)
	if !ok {
		return
	}
	if it.sent != s.id {
		if was == s.id {
			it.answer = nil
			if twin := s.twinHere(it); twin != nil {
				// The question changes hands: another sender's stays. It may ask of another moment, so that what was told last need not be its answer.
				twin.answer = nil
				f.answer(s, twin, s.id)
				return
			}
			f.send(s, q.Asker, &pb.SubjectMessage{Body: &pb.SubjectMessage_AccountInfo{
				AccountInfo: &pb.AccountInfo{About: q.About, Gone: true},
			}})
		}
		return
	}
	info := s.answerTo(q)
	if it.answer != nil && same(it.answer, info) {
		return
	}
	it.answer = info
	f.send(s, q.Asker, &pb.SubjectMessage{Body: &pb.SubjectMessage_AccountInfo{AccountInfo: info}})
}

// twinHere is the same item of another sender that stays at the subject, the latest one; nil when none does.
func (s *subject) twinHere(it *item) *item {
	if it.own() {
		return nil
	}
	var best *item
	for o := s.received[it.key]; o != nil; o = o.twin {
		if o != it && !o.gone && o.sent == s.id && (best == nil || rank(o.msg) > rank(best.msg)) {
			best = o
		}
	}
	return best
}

func (s *subject) answerTo(q *pb.AccountInquiry) *pb.AccountInfo {
	if q.IsPath {
		return &pb.AccountInfo{About: q.About, Path: s.routes.path}
	}
	if s.kind == identity.KindAccount {
		info := &pb.AccountInfo{About: q.About, Account: s.id}
		if s.rules.AsksAccounts {
			info.Attributes = s.attributes()
		}
		return info
	}
	return &pb.AccountInfo{About: q.About, Person: s.id, Account: s.routes.accounts.at(q.AtUs)}
}

// answerAll looks at every question again, after links changed.
func (f *flush) answerAll(s *subject) {
	for _, k := range sortedKeys(s.received, itemKey.compare) {
		for it := s.received[k]; it != nil && k.kind == itemInquiry; it = it.twin {
			if !it.gone && it.sent == s.id {
				f.answer(s, it, s.id)
			}
		}
	}
}

func (s *subject) recallAnswers() {
	for k, it := range s.received {
		for ; it != nil && k.kind == itemInquiry; it = it.twin {
			if q, ok := it.msg.(*pb.AccountInquiry); ok && it.sent == s.id {
				it.answer = s.answerTo(q)
			}
		}
	}
}

// inform takes an answer.
func (s *subject) inform(from string, info *pb.AccountInfo) {
	s.giveReason(pb.Reason_REASON_IDENTITY)
	k := infoKey{about: info.About, from: from}
	if info.Gone {
		delete(s.infos, k)
	} else {
		if s.infos == nil {
			s.infos = make(map[infoKey]*pb.AccountInfo)
		}
		s.infos[k] = info
	}
	s.tx.infosDirty = true
	s.tx.staleInfos = append(s.tx.staleInfos, k)
}
