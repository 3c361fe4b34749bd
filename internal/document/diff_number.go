package document

import (
	"math/big"
	"strings"
)

// sameNumber compares the exact values of two JSON numbers. It never computes the number: digits stay text and only the
// exponent is counted, so that the cost depends on the length of the text, even for 1e999999999.
func sameNumber(a, b string) bool {
	digitsA, exponentA := decimal(a)
	digitsB, exponentB := decimal(b)
	return digitsA == digitsB && exponentA.Cmp(exponentB) == 0
}

// decimal splits a number into digits and an exponent, so that the number is 0.DIGITS times ten to the power of the
// exponent. Digits include the sign and neither start nor end with 0; for zero they are empty.
func decimal(literal string) (digits string, exponent *big.Int) {
	sign, exponent := "", new(big.Int)
	if strings.HasPrefix(literal, "-") {
		sign, literal = "-", literal[1:]
	}
	if at := strings.IndexAny(literal, "eE"); at >= 0 {
		// JSON's grammar guarantees an integer here.
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
