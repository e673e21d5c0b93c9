package e2e_test

import (
	"math"
	"strconv"
	"strings"
)

type vector [3]float64

// linear reads #rrggbb as linear light.
func linear(hex string) vector {
	var v vector
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	for i := range v {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			return v
		}
		c := float64(n) / 255
		if v[i] = c / 12.92; c > 0.04045 {
			v[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return v
}

func apply(m [3]vector, v vector) vector {
	var out vector
	for i, row := range m {
		out[i] = min(1, max(0, row[0]*v[0]+row[1]*v[1]+row[2]*v[2]))
	}
	return out
}

// oklab is Ottosson's perceptual space.
func oklab(v vector) vector {
	l := math.Cbrt(0.4122214708*v[0] + 0.5363325363*v[1] + 0.0514459929*v[2])
	m := math.Cbrt(0.2119034982*v[0] + 0.6806995451*v[1] + 0.1073969566*v[2])
	s := math.Cbrt(0.0883024619*v[0] + 0.2817188376*v[1] + 0.6299787005*v[2])
	return vector{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// sights are full protanopia, deuteranopia and tritanopia after Machado, Oliveira and Fernandes (2009), and sight as most have it.
func sights() [][3]vector {
	return [][3]vector{
		{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
		{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
	}
}

// distance is the least distance of two colours over all sights.
func distance(a, b string) float64 {
	least := math.Inf(1)
	for _, sight := range sights() {
		x, y := oklab(apply(sight, linear(a))), oklab(apply(sight, linear(b)))
		least = min(least, math.Sqrt(math.Pow(x[0]-y[0], 2)+math.Pow(x[1]-y[1], 2)+math.Pow(x[2]-y[2], 2)))
	}
	return least
}

// contrast is WCAG's ratio of luminances.
func contrast(a, b string) float64 {
	luminance := func(hex string) float64 {
		v := linear(hex)
		return 0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2]
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
