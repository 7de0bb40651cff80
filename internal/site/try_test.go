package site

import (
	"os"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

// The project's lessons can be read, and have pages beside a machine where there is one.
func TestLessons(t *testing.T) {
	text, err := os.ReadFile("../../" + LessonsFile)
	if err != nil {
		t.Fatal(err)
	}
	lessons, err := DecodeLessons(text)
	if err != nil || len(lessons) < 4 {
		t.Fatal(len(lessons), err)
	}
	without, err := Render(Input{Lessons: lessons})
	if err != nil || without["try.html"] != nil || strings.Contains(string(without["index.html"]), "try.html") {
		t.Error("there is no machine, and yet a page of one", err)
	}
	files, err := Render(Input{Lessons: lessons, Try: map[string][]byte{"disk.js": []byte("lfdData(\"disk\", \"\");\n")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"try.html", "try.js", "try/disk.js", "lesson/init.html"} {
		if files[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
	for _, l := range lessons {
		page := string(files["lesson/"+l.Name+".html"])
		if got := strings.Count(page, "data-run="); got != len(l.Steps) || !strings.Contains(string(files["try.html"]), `href="lesson/`+l.Name+`.html"`) {
			t.Errorf("%s has %d steps, not %d", l.Name, got, len(l.Steps))
		}
	}
	// Lessons and the packages that they are about lead to each other.
	in := Input{Systems: []System{quickstart(t, &inventory.Inventory{})}, Lessons: lessons, Try: map[string][]byte{"a.js": nil}}
	if files, err = Render(in); err != nil {
		t.Fatal(err)
	}
	for _, l := range lessons {
		if len(l.Packages) == 0 {
			t.Errorf("%s is about no package", l.Name)
		}
		for _, name := range l.Packages {
			there := strings.Contains(string(files["lesson/"+l.Name+".html"]), `href="../quickstart/package/`+name+`.html"`)
			back := strings.Contains(string(files["quickstart/package/"+name+".html"]), `href="../../lesson/`+l.Name+`.html"`)
			if !there || !back {
				t.Errorf("%s leads to %s: %v, and back: %v", l.Name, name, there, back)
			}
		}
	}
	// Whatever a lesson says stays text.
	hostile := []Lesson{{Name: "x", Title: "<script>a</script>", About: "<img src=x>", Steps: []Step{{Says: "]]><b>", Run: `echo "><script>b</script>`, Shows: `"`}}}}
	if files, err = Render(Input{Lessons: hostile, Try: map[string][]byte{"a.js": nil}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"try.html", "lesson/x.html"} {
		for _, part := range []string{"<script>a", "<script>b", "<img src=x", "]]><b>"} {
			if strings.Contains(string(files[name]), part) {
				t.Errorf("%s has %s", name, part)
			}
		}
	}
	for _, bad := range []string{"- {name: ../up, title: x, steps: [{run: x}]}", "- {name: x, title: x}", "- {nam: x}", "x: y"} {
		if _, err := DecodeLessons([]byte(bad)); err == nil || !strings.Contains(err.Error(), LessonsFile) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
