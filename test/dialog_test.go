package test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// A login walks the dialog as a person would.
type login struct {
	email    string
	business string   // id to choose, where the dialog asks
	assets   []string // ids to choose, where the dialog asks; nothing else stays chosen
	cancelAt string   // the step at which to press Cancel instead; "" for none
	// visit is called on each step before it is answered.
	visit func(step string)
}

// dialogSteps tells the step on show by the form in it.
const dialogSteps = `(() => {
	const form = s => [...document.forms].find(f => new URL(f.action, location).pathname.endsWith(s) && f.checkVisibility());
	for (const step of ['login', 'password', 'account', 'business', 'assets', 'review'])
		if (form('/' + step)) return step;
	return '';
})()`

// walk answers each step of the dialog until the browser is at an address that
// begins with goal, and returns the address and the steps it saw.
func (p *tab) walk(l login, goal string) (address string, steps []string) {
	p.t.Helper()
	for range 12 {
		now, open := p.dialogState()
		// A page in between, such as the arbiter's that closes the popup, has no step.
		for deadline := time.Now().Add(stepLimit); open && now.Step == "" && !strings.HasPrefix(now.Address, goal) && time.Now().Before(deadline); {
			time.Sleep(25 * time.Millisecond)
			now, open = p.dialogState()
		}
		if !open || strings.HasPrefix(now.Address, goal) {
			return now.Address, steps
		}
		step := now.Step
		if step == "" {
			p.t.Fatalf("no step of the login dialog to answer\n%s", p.where())
		}
		steps = append(steps, step)
		if l.visit != nil {
			l.visit(step)
		}
		if step == l.cancelAt {
			p.leave(func() { p.press(buttonOf("/cancel", "")) })
			continue
		}
		p.answer(step, l)
	}
	p.t.Fatalf("the login dialog does not end: %v\n%s", steps, p.where())
	return "", nil
}

type dialogState struct {
	Address string `json:"address"`
	Step    string `json:"step"`
}

// dialogState reads where the dialog stands; open is false when its window has
// closed itself, which may happen at any moment after the last step.
func (p *tab) dialogState() (now dialogState, open bool) {
	p.t.Helper()
	deadline := time.Now().Add(stepLimit)
	for time.Now().Before(deadline) {
		if p.closed() {
			return dialogState{}, false
		}
		ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
		now, err := chromedp.Run(ctx, chromedp.Evaluate[dialogState](
			"({address: location.href, step: "+dialogSteps+"})"))
		cancel()
		if err == nil {
			return now, true
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatalf("the login dialog cannot be read\n%s", p.where())
	return dialogState{}, false
}

// answer fills in one step and goes on.
func (p *tab) answer(step string, l login) {
	p.t.Helper()
	switch step {
	case "login":
		p.fillIn("input[name=email]", l.email)
		p.fillIn("input[name=password]", demoPassword)
		p.leave(func() { p.press(buttonOf("/login", "")) })
	case "password":
		p.fillIn("input[name=password]", demoPassword)
		p.leave(func() { p.press(buttonOf("/password", "")) })
	case "account":
		p.leave(func() { p.press(buttonOf("/account", "continue")) })
	case "business":
		p.choose("business", []string{l.business})
		p.leave(func() { p.press(buttonOf("/business", "")) })
	case "assets":
		p.choose("asset", l.assets)
		p.leave(func() { p.press(buttonOf("/assets", "continue")) })
	case "review":
		p.leave(func() { p.press(buttonOf("/review", "confirm")) })
	}
}

// choose makes exactly the named values the chosen ones among the radio
// buttons or checkboxes of that name, with the mouse.
func (p *tab) choose(name string, values []string) {
	p.t.Helper()
	want := make(map[string]bool)
	for _, v := range values {
		want[v] = true
	}
	inputs := eval[[]struct {
		Value   string `json:"value"`
		Checked bool   `json:"checked"`
		Radio   bool   `json:"radio"`
	}](p, fmt.Sprintf(`[...document.querySelectorAll('input[name=%s]:not([type=hidden])')].map(
		e => ({value: e.value, checked: e.checked, radio: e.type === 'radio'}))`, name))
	for _, input := range inputs {
		wanted := want[input.Value]
		delete(want, input.Value)
		if input.Checked == wanted || input.Radio && !wanted {
			continue
		}
		p.press(fmt.Sprintf(`(() => {
			const e = document.querySelector('input[name=%s][value="%s"]');
			return e.getBoundingClientRect().width < 8 ? e.labels[0] : e;
		})()`, name, input.Value))
	}
	if len(want) > 0 {
		p.t.Fatalf("the page offers no %s %v\n%s", name, want, p.where())
	}
}

// buttonOf is the JavaScript expression for the button that sends the form
// whose address ends so; do is the value of the button's name do, "" for the
// form's first button.
func buttonOf(action, do string) string {
	selector := "button:not([type=button]):not([type=reset]), input[type=submit]"
	if do != "" {
		selector = fmt.Sprintf("button[name=do][value=%s]", do)
	}
	return fmt.Sprintf(`(() => {
		const form = [...document.forms].find(f => new URL(f.action, location).pathname.endsWith(%q));
		if (!form) return null;
		return [...document.querySelectorAll(%q)].find(b => b.form === form && b.checkVisibility()) ?? null;
	})()`, action, selector)
}

// press clicks the element that the expression gives, as soon as a click would
// do something: it is enabled, on screen, nothing covers it and, if it is held
// back at first (T08), the page has been in view for long enough. A click that
// brought the window to the front is held back too; then a person clicks again.
func (p *tab) press(expression string) {
	p.t.Helper()
	ready := fmt.Sprintf(`(() => {
		const e = %s;
		if (!e || e.disabled || getComputedStyle(e).pointerEvents === 'none') return false;
		const since = Math.max(performance.getEntriesByType('navigation')[0].loadEventEnd, window.heldAt ?? 0);
		if ('hold' in e.dataset) {
			if (window.held === undefined) addEventListener('click', click => { held = click.defaultPrevented; heldAt = performance.now(); });
			window.held = false;
			if (!since || performance.now() < since + 600) return false;
		}
		e.scrollIntoView({block: 'center', behavior: 'instant'});
		const box = e.getBoundingClientRect();
		const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
		return !!hit && (e === hit || e.contains(hit) || hit.contains(e));
	})()`, expression)
	for range 20 {
		p.until("an element that takes a click", ready)
		p.do("click", chromedp.Click(chromedp.JSPath(expression)))
		ctx, cancel := context.WithTimeout(p.ctx, stepLimit)
		held, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("window.held === true"))
		cancel()
		if err != nil || !held {
			return
		}
	}
	p.t.Fatalf("no click on %s does anything\n%s", expression, p.where())
}
