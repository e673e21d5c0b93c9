package money

import "strings"

// unknownExponent formats amounts of codes outside the table.
const unknownExponent = 2

// exponentOther are the currencies whose minor unit is not a hundredth.
const (
	exponent0 = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "
	exponent3 = " BHD IQD JOD KWD LYD OMR TND "
	exponent4 = " CLF UYW "
	// XTS is ISO's code for tests. It has no minor unit of its own; ours is a millionth, for figures without a currency.
	exponent6 = " XTS "
)

// exponent2 are the other active currencies of ISO 4217, with those withdrawn since 2023 that a deal's history may still name (ANG, BGN,
// HRK). Metals, bond units and XXX have no minor unit and are left out: nobody is paid in them.
const exponent2 = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY " +
	"COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD " +
	"KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD " +
	"PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD " +
	"TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "

// Exponent returns how many decimal digits the currency's minor unit stands for: 2 for EUR, 0 for JPY, 3 for KWD. Codes are in capitals;
// ok is false for any other text.
func Exponent(currency string) (exponent int, ok bool) {
	if len(currency) != 3 || strings.Contains(currency, " ") {
		return 0, false
	}
	switch code := " " + currency + " "; {
	case strings.Contains(exponent2, code):
		return 2, true
	case strings.Contains(exponent0, code):
		return 0, true
	case strings.Contains(exponent3, code):
		return 3, true
	case strings.Contains(exponent4, code):
		return 4, true
	case strings.Contains(exponent6, code):
		return 6, true
	default:
		return 0, false
	}
}

// IsCurrency tells whether the code is in the table.
func IsCurrency(currency string) bool {
	_, ok := Exponent(currency)
	return ok
}
