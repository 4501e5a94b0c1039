/** The style of the wheel, inside its shadow root: nothing of it reaches the page around it, nor the other way. */

export const STYLE = `
:host { display: block; container-type: inline-size; }
* { box-sizing: border-box; }
.tombola {
  --accent: var(--tombola-accent, #4b3fbf); --on-accent: var(--tombola-on-accent, #fff);
  --surface: #fff; --ground: #f5f4fb; --text: #22203a; --quiet: #5b5972; --line: #dddbea; --bad: #a3172f; --good: #0b6b43;
  font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  border-radius: 20px; padding: clamp(14px, 4cqi, 32px); overflow-wrap: anywhere;
}
.tombola[data-theme="dark"] {
  --accent: var(--tombola-accent, #b7adff); --on-accent: var(--tombola-on-accent, #1b1838);
  --surface: #1d1c29; --ground: #14131d; --text: #f1f0fa; --quiet: #b3b0c8; --line: #3a384c; --bad: #ff9aa8; --good: #7fe0b4;
  color-scheme: dark;
}
h2 { margin: 0; font-size: clamp(1.4rem, 5cqi, 2.1rem); line-height: 1.2; }
h3 { margin: 0 0 .5rem; font-size: 1.1rem; }
p { margin: .3rem 0; }
.quiet, small { color: var(--quiet); }
small { font-size: .82rem; }
header { margin-bottom: 1.2rem; }
.phase { font-weight: 600; font-variant-numeric: tabular-nums; }
.columns { display: grid; gap: 1.2rem; grid-template-columns: minmax(0, 1fr); }
@container (min-width: 760px) { .columns { grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); align-items: start; } }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 16px; padding: clamp(12px, 3cqi, 22px); }
.side { display: grid; gap: 1.2rem; }
.stage { text-align: center; }
.frame { width: min(100%, 460px); margin: 0 auto 1rem; }
.frame > div { margin: 0 auto; position: relative; }
.frame > [data-kind="slots"]::before, .frame > [data-kind="slots"]::after {
  content: ""; position: absolute; top: 46%; width: 2.4%; height: 8%; background: var(--accent); z-index: 1;
}
.frame > [data-kind="slots"]::before { left: 3.5%; clip-path: polygon(0 0, 100% 50%, 0 100%); }
.frame > [data-kind="slots"]::after { right: 3.5%; clip-path: polygon(100% 0, 0 50%, 100% 100%); }
.result { min-height: 2.2em; font-size: 1.15rem; font-weight: 650; }
.result[data-outcome="won"], .result[data-outcome="fallback"] { color: var(--good); font-size: 1.35rem; }
.problem { color: var(--bad); }
.said:empty { display: none; }
button, select, input {
  font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--quiet); border-radius: 10px;
  padding: .5em 1em; max-width: 100%;
}
button { cursor: pointer; }
button.main { background: var(--accent); color: var(--on-accent); border-color: var(--accent); font-weight: 650; }
button.draw { font-size: 1.2rem; padding: .7em 2.2em; border-radius: 999px; min-width: min(100%, 14em); }
button.small { font-size: .88rem; padding: .3em .8em; justify-self: start; }
button[aria-disabled="true"], button:disabled { background: var(--line); color: var(--quiet); border-color: var(--line); cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4em .3em; text-align: end; vertical-align: top; font-weight: 400; font-variant-numeric: tabular-nums; }
td, thead th { white-space: nowrap; }
th:first-child { text-align: start; }
thead th { color: var(--quiet); font-size: .82rem; border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.swatch { display: inline-block; width: .85em; height: .85em; border-radius: .25em; margin-inline-end: .5em; border: 1px solid var(--quiet); }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .8rem; }
li { display: grid; gap: .2rem; padding-bottom: .8rem; border-bottom: 1px solid var(--line); }
li:last-child { border-bottom: 0; padding-bottom: 0; }
.content { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
q { quotes: none; }
code { font-size: 1rem; padding: .2em .5em; border-radius: 6px; background: var(--ground); border: 1px dashed var(--quiet); }
footer { margin-top: 1.2rem; display: flex; flex-wrap: wrap; gap: .6rem 1.4rem; align-items: center; font-size: .9rem; color: var(--quiet); }
footer label { display: inline-flex; gap: .45em; align-items: center; }
footer input { accent-color: var(--accent); width: 1.1em; height: 1.1em; }
footer select { padding: .2em .5em; color: var(--text); }
dialog { border: 1px solid var(--line); border-radius: 16px; background: var(--surface); color: var(--text); width: min(30rem, calc(100vw - 1rem)); padding: 1.2rem; }
dialog::backdrop { background: rgb(0 0 0 / .5); }
form { display: grid; gap: .7rem; }
form label { display: grid; gap: .15rem; font-size: .9rem; }
form input, form select { width: 100%; padding: .45em .6em; }
[aria-invalid="true"] { border: 2px solid var(--bad); }
.row { display: flex; gap: .6rem; justify-content: end; }
`;
