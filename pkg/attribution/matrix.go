package attribution

import "math"

func newMatrix(n int) [][]float64 {
	cells := make([]float64, n*n)
	m := make([][]float64, n)
	for i := range m {
		m[i] = cells[i*n : (i+1)*n : (i+1)*n]
	}
	return m
}

// invert returns the inverse by Gauss-Jordan elimination with row pivoting. The matrix is destroyed. Chains that always end, which is all
// there are here since every path ends, have an inverse; a pivot lost to rounding leaves its row out.
//
// Products are converted before they are subtracted: the language then forbids fusing the two, and every processor rounds alike.
func invert(m [][]float64) [][]float64 {
	n := len(m)
	inv := newMatrix(n)
	for i := range n {
		inv[i][i] = 1
	}
	for col := range n {
		pivot := col
		for row := col + 1; row < n; row++ {
			if math.Abs(m[row][col]) > math.Abs(m[pivot][col]) {
				pivot = row
			}
		}
		m[col], m[pivot] = m[pivot], m[col]
		inv[col], inv[pivot] = inv[pivot], inv[col]
		if m[col][col] == 0 {
			continue
		}
		scale(m[col], 1/m[col][col], inv[col])
		for row := range n {
			if factor := m[row][col]; row != col && factor != 0 {
				subtract(m[row], m[col], factor)
				subtract(inv[row], inv[col], factor)
			}
		}
	}
	return inv
}

func scale(row []float64, by float64, other []float64) {
	for i := range row {
		row[i] *= by
		other[i] *= by
	}
}

func subtract(row, from []float64, factor float64) {
	for i, v := range from {
		if v != 0 {
			row[i] -= float64(v * factor)
		}
	}
}
