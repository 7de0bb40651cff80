package gen

import (
	"context"
	"fmt"
	"os"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/docker/buildx/bake"

	"github.com/linux-from-docker/lfd/gen/render"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/templates"
	"github.com/linux-from-docker/lfd/test/synthetic"
)

// The figures of make bench: the full system, and how generating grows with the number of
// packages. Beside each other stand gomplate's own time for the templates, that from the
// bytes of the configuration to the text of all files, and with the text judged.
func BenchmarkGenerate(b *testing.B) {
	b.Run("full-system", func(b *testing.B) {
		b.Chdir("..")
		text, err := os.ReadFile("config.yaml")
		if err != nil {
			b.Fatal(err)
		}
		cfg, diags, err := config.Load("", []string{"config.yaml"})
		if err != nil || diags.HasErrors() {
			b.Fatal(err, diags)
		}
		benchmark(b, len(cfg.Packages), text, cfg)
	})
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("layered=%d", n), func(b *testing.B) { benchmark(b, n, synthetic.Layered(n), nil) })
	}
	for _, n := range []int{118, 300, 1000, 2625} {
		b.Run(fmt.Sprintf("distribution=%d", n), func(b *testing.B) { benchmark(b, n, synthetic.Distribution(n), nil) })
	}
}

// benchmark generates n packages from a text; the scripts are those of loaded, where that is
// given.
func benchmark(b *testing.B, n int, text []byte, loaded *config.Config) {
	resolve := func() *plan.Plan {
		cfg, diags, err := config.Parse("config.yaml", text)
		if err != nil || diags.HasErrors() {
			b.Fatal(err, diags)
		}
		for _, p := range cfg.Packages {
			cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
		}
		if loaded != nil {
			cfg.Scripts, cfg.Checks = loaded.Scripts, loaded.Checks
		}
		p, diags := plan.Resolve(cfg)
		if p == nil {
			b.Fatal(diags)
		}
		return p
	}
	p := resolve()
	ctx, stop := context.WithCancel(b.Context())
	peak := memoryPeak(ctx)
	var gomplate, written, judged time.Duration
	var files map[string][]byte
	for b.Loop() {
		timed(b, &gomplate, func() error { _, err := render.Templates(ctx, p, templates.FS, "."); return err })
		timed(b, &written, func() error { _, err := render.Files(ctx, resolve(), templates.FS, "."); return err })
		timed(b, &judged, func() (err error) { files, err = Generate(ctx, resolve(), templates.FS, "."); return err })
	}
	stop()
	_, distinct := copies(files[plan.Dockerfile])
	report := b.ReportMetric
	report(0, "ns/op")
	report(gomplate.Seconds()*1e3/float64(b.N), "gomplate-ms")
	report(written.Seconds()*1e3/float64(b.N), "text-ms")
	report(judged.Seconds()*1e3/float64(b.N), "judged-ms")
	report(judged.Seconds()/gomplate.Seconds(), "judged/gomplate")
	report(float64(distinct)/float64(n), "copies/package")
	report(float64(<-peak)/1e6, "MB-peak")
}

func timed(b *testing.B, sum *time.Duration, f func() error) {
	b.Helper()
	start := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	*sum += time.Since(start)
}

// memoryPeak sends the most memory that objects took at once, in bytes, once ctx is done.
func memoryPeak(ctx context.Context) <-chan uint64 {
	peak := make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		most := uint64(0)
		for ctx.Err() == nil {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			time.Sleep(5 * time.Millisecond)
		}
		peak <- most
	}()
	return peak
}

// BenchmarkLoad is what bake does before it builds the default target. Its time
// grows with the square of the number of targets: 10,000 packages take minutes.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{100, 1000} {
		file := bake.File{Name: plan.BakeFile, Data: generate(b, synthetic.Layered(n))[plan.BakeFile]}
		b.Run(fmt.Sprintf("packages=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				targets, _, err := bake.ReadTargets(b.Context(), []bake.File{file}, []string{"default"}, nil, nil, nil, &bake.EntitlementConf{})
				if err != nil || len(targets) != 1 {
					b.Fatal(len(targets), err)
				}
			}
		})
	}
}
