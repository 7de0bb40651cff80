package synthetic

import (
	"math"
	"testing"
)

func TestDistributionIsLikeDebian(t *testing.T) {
	for n, want := range map[int]float64{118: 8, 300: 12, 1000: 22, 2625: 69} {
		closures, sum := make([]map[int]bool, n), 0
		for i, deps := range DistributionDeps(n) {
			closures[i] = map[int]bool{i: true}
			for _, dep := range deps {
				for d := range closures[dep] {
					closures[i][d] = true
				}
			}
			sum += len(closures[i])
		}
		if got := float64(sum) / float64(n); math.Abs(got-want) > want/10 {
			t.Errorf("%d packages need %.1f on average, not %.0f", n, got, want)
		}
	}
}
