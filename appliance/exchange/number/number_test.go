package number_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"autocom/appliance/exchange/number"
)

func TestE164(t *testing.T) {
	cases := []struct{ country, typed, want string }{
		{"FR", "01 40 50 60 70", "+33140506070"},
		{"FR", "01.40.50.60.70", "+33140506070"},
		{"FR", "01-40-50-60-70", "+33140506070"},
		{"FR", "+33 (0)1 40 50 60 70", "+33140506070"},
		{"FR", "+33 01 40 50 60 70", "+33140506070"},
		{"FR", "0033140506070", "+33140506070"},
		{"FR", "00 41 22 345 67 89", "+41223456789"},
		{"FR", "01\u00a040\u202f50 60 70", "+33140506070"},
		{"fr", "3631", "3631"},
		{"GB", "118 500", "118500"},
		{"IT", "116 000", "116000"},
		{"GB", "116 123", "116123"},
		{"FR", "118 218", "118218"},
		{"FR", "1023", "1023"},
		{"CH", "022 345 67 89", "+41223456789"},
		{"ES", "912 345 678", "+34912345678"},
		{"GB", "020 7946 0018", "+442079460018"},
		{"IT", "06 6982", "+39066982"},
		{"IT", "+39 06 6982", "+39066982"},
		{"IT", "347 1234567", "+393471234567"},
		{"FR", "+1 202 555 0143", "+12025550143"},
		{"US", "+33140506070", "+33140506070"},
		{"FR", "0262 12 34 56", "+262262123456"}, // overseas departments have codes of their own
		{"FR", "+262 262 12 34 56", "+262262123456"},
		{"FR", "+33 2 62 12 34 56", "+262262123456"}, // and are typed with the mainland's
		{"FR", "0692 12 34 56", "+262692123456"},
		{"FR", "0269 61 23 45", "+262269612345"},
		{"FR", "0590 82 12 34", "+590590821234"},
		{"FR", "0596 60 12 34", "+596596601234"},
		{"FR", "0694 20 12 34", "+594694201234"},
		{"FR", "0508 41 12 34", "+508411234"},
		{"FR", "+2901234", "+2901234"},                 // as short as any
		{"FR", "+123456789012345", "+123456789012345"}, // ITU-T E.164 §6
	}
	for _, c := range cases {
		if got, err := number.E164(c.country, c.typed); err != nil || got != c.want {
			t.Errorf("%s %q = %q, %v; want %q", c.country, c.typed, got, err, c.want)
		}
	}
}

func TestNotANumber(t *testing.T) {
	cases := []struct {
		country, typed string
		want           error
	}{
		{"FR", "", number.ErrEmpty},
		{"FR", "+", number.ErrEmpty},
		{"FR", "014050607", number.ErrLength},
		{"FR", "01405060700", number.ErrLength},
		{"FR", "140506070", number.ErrLength},
		{"FR", "*21#", number.ErrCharacter},
		{"FR", "anna", number.ErrCharacter},
		{"FR", "01+40506070", number.ErrCharacter},
		{"FR", "+0140506070", number.ErrLength},
		{"FR", "00", number.ErrLength},
		{"FR", "+3314050607", number.ErrLength},
		{"FR", "+1234567890123456", number.ErrLength},
		{"FR", "+290123", number.ErrLength},
		{"US", "2025550143", number.ErrCountry},
		{"FR", strings.Repeat("1", 1000), number.ErrLength},
	}
	for _, c := range cases {
		if got, err := number.E164(c.country, c.typed); !errors.Is(err, c.want) {
			t.Errorf("%s %q = %q, %v; want %v", c.country, c.typed, got, err, c.want)
		}
	}
}

// TestOracle compares with Google's numbering data: whatever it calls a valid number of one of our countries, we read the same way, typed
// nationally, internationally and with the exit code.
func TestOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, country := range []string{"FR", "CH", "ES", "GB", "IT"} {
		valid := 0
		for range 4000 {
			digits := ""
			for range 6 + r.IntN(6) {
				digits += fmt.Sprint(r.IntN(10))
			}
			n, err := phonenumbers.Parse(digits, country)
			if err != nil || !phonenumbers.IsValidNumberForRegion(n, country) {
				continue
			}
			if country == "FR" && n.GetNationalNumber()/1_000_000 == 269 { // Google's mainland pattern is wider: ARCEP gives 02 69 to Mayotte
				continue
			}
			valid++
			want := phonenumbers.Format(n, phonenumbers.E164)
			for _, typed := range []string{
				want, phonenumbers.Format(n, phonenumbers.INTERNATIONAL), "00" + want[1:], phonenumbers.Format(n, phonenumbers.NATIONAL),
			} {
				if got, err := number.E164(country, typed); got != want {
					t.Errorf("%s %q = %q, %v; want %q", country, typed, got, err, want)
				}
			}
		}
		if valid < 20 {
			t.Errorf("only %d valid numbers of %s were tried", valid, country)
		}
		for kind, n := range map[string]*phonenumbers.PhoneNumber{
			"example": phonenumbers.GetExampleNumber(country),
			"mobile":  phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE),
			"premium": phonenumbers.GetExampleNumberForType(country, phonenumbers.PREMIUM_RATE),
			"free":    phonenumbers.GetExampleNumberForType(country, phonenumbers.TOLL_FREE),
		} {
			want := phonenumbers.Format(n, phonenumbers.E164)
			if got, err := number.E164(country, phonenumbers.Format(n, phonenumbers.NATIONAL)); got != want {
				t.Errorf("%s %s number = %q, %v; want %q", country, kind, got, err, want)
			}
		}
	}
}

func FuzzE164(f *testing.F) {
	f.Add("FR", "01 40 50 60 70")
	f.Add("IT", "+39 06 6982")
	f.Add("", "00(0)")
	f.Fuzz(func(t *testing.T, country, typed string) {
		got, err := number.E164(country, typed)
		if err != nil {
			return
		}
		if again, err := number.E164(country, got); err != nil || again != got {
			t.Errorf("%q %q gives %q, which gives %q, %v", country, typed, got, again, err)
		}
	})
}
