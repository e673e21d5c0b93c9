package event

// slot is the place of one field's value in a Record. Segment's calls and the canonical records share slots where they mean the same.
type slot uint8

const (
	sType slot = iota
	sID
	sWriteKey
	sVisitor
	sUser
	sContact
	sAccount
	sTimestamp
	sOriginalTimestamp
	sSentAt
	sEvent
	sName
	sPrevious
	sPage // present when context.page is an object
	sPageURL
	sPageReferrer
	sReferrerURL
	sSource
	sMedium
	sCampaign
	sCampaignID
	sTerm
	sContent
	sUserAgent
	sContextEmail
	sTraitEmail
	sPropURL
	sPropReferrer
	sPropEmail
	sRevenue
	sValue
	sTotal
	sCurrency
	sChannel
	sLandingPage
	sOpportunity
	sAccountDomain
	sPipeline
	sStage
	sSourceStage
	sAmount
	sIsWon
	sIsClosed
	sSourceSystem
	sCreatedAt
	sDeleted
	sMergedInto
	sEmail
	sLeadCreatedAt
	sDay
	sPlatform
	sAdGroup
	sAd
	sSpend
	sImpressions
	sClicks
	sBatch
	sAdded
	sRemoved
	sConsent
	sContextIP
	sFrom
	sTo
	sAdGroupID
	sAdID
	sTemplate
	sReplacesDay
	sClear
	sProbability
	slotCount
)

// kind is what a field's value may be. null means absent for every kind.
type kind uint8

const (
	// kindText is a string.
	kindText kind = iota
	// kindLoose is a string or number; anything else counts as absent. For names that senders also use for things of their own.
	kindLoose
	// kindID is a string or an integer.
	kindID
	// kindNumber is a number, or a string with one.
	kindNumber
	// kindRaw is anything; its JSON text is kept. For fields whose meaning depends on the type.
	kindRaw
	// kindBool is true or false.
	kindBool
	// kindList is an array of ids.
	kindList
	// kindObject has fields of its own.
	kindObject
	// kindSkip is known and of no interest.
	kindSkip
)

type field struct {
	// name is the field's own, filled in by named.
	name string
	kind kind
	slot slot
	// max is the longest value in bytes; 0: no limit but the record's.
	max int
	sub object
}

type object map[string]field

func text(s slot, max int) field { return field{kind: kindText, slot: s, max: max} }
func loose(s slot) field         { return field{kind: kindLoose, slot: s} }
func id(s slot) field            { return field{kind: kindID, slot: s, max: MaxID} }
func number(s slot) field        { return field{kind: kindNumber, slot: s, max: 64} }
func boolean(s slot) field       { return field{kind: kindBool, slot: s} }
func list(s slot) field          { return field{kind: kindList, slot: s, max: MaxID} }
func nested(sub object) field    { return field{kind: kindObject, slot: slotCount, sub: sub} }
func skip() field                { return field{kind: kindSkip} }

// fieldSets are the fields of every type. They are built once, per Parser, so that the package has no mutable globals.
type fieldSets struct {
	call, stage, contact, touch, spend, erase, account, envelope object
}

func newFieldSets() *fieldSets {
	context := nested(object{
		"campaign": nested(object{
			"source": loose(sSource), "medium": loose(sMedium), "name": loose(sCampaign),
			"id": loose(sCampaignID), "term": loose(sTerm), "content": loose(sContent),
		}),
		"page":      {kind: kindObject, slot: sPage, sub: object{"url": loose(sPageURL), "referrer": loose(sPageReferrer)}},
		"referrer":  nested(object{"url": loose(sReferrerURL)}),
		"userAgent": text(sUserAgent, 0),
		"traits":    nested(object{"email": loose(sContextEmail)}),
		"ip":        loose(sContextIP),
		"consent":   {kind: kindRaw, slot: sConsent}, // senders write it in many ways
	})
	s := &fieldSets{
		call: object{
			"type": text(sType, 0), "messageId": {kind: kindID, slot: sID, max: MaxMessageID}, "writeKey": text(sWriteKey, 0),
			"anonymousId": id(sVisitor), "userId": id(sUser), "groupId": id(sAccount), "previousId": id(sPrevious),
			"timestamp": text(sTimestamp, 64), "originalTimestamp": text(sOriginalTimestamp, 64), "sentAt": text(sSentAt, 64),
			"event": text(sEvent, MaxID), "name": loose(sName),
			"context": context,
			"properties": nested(object{
				"url": loose(sPropURL), "referrer": loose(sPropReferrer), "email": loose(sPropEmail),
				"revenue": {kind: kindRaw, slot: sRevenue}, "value": {kind: kindRaw, slot: sValue},
				"total": {kind: kindRaw, slot: sTotal}, "currency": loose(sCurrency),
			}),
			"traits": nested(object{"email": loose(sTraitEmail)}),
		},
		envelope: object{
			"writeKey": text(sWriteKey, 0), "sentAt": text(sSentAt, 64), "context": context, "batch": {kind: kindRaw, slot: sBatch},
		},
		stage:   stageFields(),
		contact: contactFields(),
		touch:   touchFields(),
		spend:   spendFields(),
		account: common(object{
			"account_id": id(sAccount), "domain": text(sAccountDomain, MaxID), "is_deleted": boolean(sDeleted), "merged_into": id(sMergedInto),
			"attributes": nested(object{}),
		}),
		erase: common(object{
			"contact_id": id(sContact), "email": text(sEmail, 0), "user_id": id(sUser), "anonymous_id": id(sVisitor), "reason": text(sName, 32),
		}),
	}
	for _, o := range []object{s.call, s.envelope, s.stage, s.contact, s.touch, s.spend, s.erase, s.account} {
		named(o)
	}
	return s
}

// named tells every field its name, which errors need.
func named(o object) {
	for name, f := range o {
		f.name = name
		o[name] = f
		named(f.sub)
	}
}

// common are the fields of every canonical record.
func common(own object) object {
	own["type"] = text(sType, 0)
	own["id"] = field{kind: kindID, slot: sID, max: MaxMessageID}
	own["writeKey"] = text(sWriteKey, 0)
	own["occurred_at"] = text(sTimestamp, 64)
	return own
}

func stageFields() object {
	return common(object{
		"opportunity_id": id(sOpportunity), "account_id": id(sAccount), "account_domain": text(sAccountDomain, MaxID),
		"contact_ids": list(sContact), "contact_emails": list(sEmail),
		"pipeline": text(sPipeline, MaxID), "stage": text(sStage, MaxID), "source_stage": text(sSourceStage, MaxID),
		"amount": number(sAmount), "currency": text(sCurrency, 0), "is_won": boolean(sIsWon), "is_closed": boolean(sIsClosed),
		"source_system": text(sSourceSystem, MaxID), "created_at": text(sCreatedAt, 64),
		"is_deleted": boolean(sDeleted), "merged_into": id(sMergedInto), "add_contact_ids": list(sAdded), "remove_contact_ids": list(sRemoved),
		"probability": number(sProbability),
	})
}

func contactFields() object {
	return common(object{
		"contact_id": id(sContact), "email": text(sEmail, 0), "account_id": id(sAccount), "lead_created_at": text(sLeadCreatedAt, 64),
		"anonymous_id": id(sVisitor), "user_id": id(sUser), "is_deleted": boolean(sDeleted), "merged_into": id(sMergedInto),
		"clear": list(sClear),
	})
}

func touchFields() object {
	return common(object{
		"contact_id": id(sContact), "email": text(sEmail, 0), "anonymous_id": id(sVisitor), "user_id": id(sUser), "account_id": id(sAccount), "account_domain": text(sAccountDomain, MaxID),
		"source": text(sSource, 0), "medium": text(sMedium, 0), "campaign": text(sCampaign, 0), "campaign_id": {kind: kindID, slot: sCampaignID},
		"term": text(sTerm, 0), "content": text(sContent, 0), "channel": text(sChannel, MaxID), "landing_page": text(sLandingPage, 0),
	})
}

func spendFields() object {
	return common(object{
		"day": text(sDay, 64), "platform": text(sPlatform, MaxID), "account_id": id(sAccount), "campaign_id": id(sCampaignID),
		"campaign": text(sCampaign, MaxID), "ad_group": text(sAdGroup, MaxID), "ad": text(sAd, MaxID),
		"source": text(sSource, MaxID), "medium": text(sMedium, MaxID), "channel": text(sChannel, MaxID),
		"currency": text(sCurrency, 0), "spend": number(sSpend), "impressions": number(sImpressions), "clicks": number(sClicks),
		"is_deleted": boolean(sDeleted), "from": text(sFrom, 64), "to": text(sTo, 64), "ad_group_id": id(sAdGroupID), "ad_id": id(sAdID),
		"utm_template": text(sTemplate, 2048), "replaces_day": boolean(sReplacesDay),
	})
}
