package document

import (
	"math/big"
	"strings"
)

// sameNumber compares two numbers of JSON text by their exact value. It never
// computes the number: the digits stay text and only the exponent is counted,
// so that 1e999999999 costs as little as it is long.
func sameNumber(a, b string) bool {
	digitsA, exponentA := decimal(a)
	digitsB, exponentB := decimal(b)
	return digitsA == digitsB && exponentA.Cmp(exponentB) == 0
}

// decimal takes a number apart so that it is 0.DIGITS times ten to the power
// of the exponent. Digits carry the sign and neither start nor end with 0;
// zero has none.
func decimal(literal string) (digits string, exponent *big.Int) {
	sign, exponent := "", new(big.Int)
	if strings.HasPrefix(literal, "-") {
		sign, literal = "-", literal[1:]
	}
	if at := strings.IndexAny(literal, "eE"); at >= 0 {
		// JSON's grammar holds here, so the text is a number.
		exponent.SetString(strings.TrimPrefix(literal[at+1:], "+"), 10)
		literal = literal[:at]
	}
	whole, fraction, _ := strings.Cut(literal, ".")
	digits = strings.TrimLeft(whole+fraction, "0")
	shift := len(whole) - (len(whole+fraction) - len(digits))
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		return "", new(big.Int)
	}
	return sign + digits, exponent.Add(exponent, big.NewInt(int64(shift)))
}
