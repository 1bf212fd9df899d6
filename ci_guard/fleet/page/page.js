"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const texts = data.texts;
  const at = (id) => document.getElementById(id);
  const count = (number) => number.toLocaleString("en-US");
  const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)}%` : "-");
  const duration = (s) => s == null ? "-" : s >= 360000 ? `${count(Math.round(s / 3600))} h` : s >= 3600 ? `${(s / 3600).toFixed(1)} h` : s >= 120 ? `${(s / 60).toFixed(1)} min` : s >= 10 || s === 0 ? `${s.toFixed(0)} s` : `${s.toFixed(1)} s`;
  // names of others reach the page as text only, never as HTML
  const make = (tag, words, more = {}) => Object.assign(document.createElement(tag), { textContent: words }, more);
  const plots = {};

  function choose() {
    const [from, to, agent, job] = ["from", "to", "agent", "job"].map((id) => at(id).value);
    const chosen = [];
    for (let i = 0; i < data.day.length; i++) {
      const day = texts[data.day[i]];
      if ((from && day < from) || (to && day > to)) continue;
      if (agent !== "" && data.by.agent[i][0] !== +agent) continue;
      if (job !== "" && data.by.job[i][0] !== +job) continue;
      chosen.push(i);
    }
    return chosen;
  }

  function group(rows, names) {
    const found = new Map();
    for (const i of rows) for (const name of names(i)) {
      let one = found.get(name);
      if (!one) found.set(name, (one = { name: texts[name], steps: 0, recovered: 0, lost: 0 }));
      one.steps += 1; one.recovered += data.recovered[i]; one.lost += data.lost[i];
    }
    return [...found.values()].sort((a, b) => b.steps - a.steps || b.lost - a.lost || (a.name < b.name ? -1 : 1));
  }

  function fill(name, groups) {
    const most = Math.max(1, ...groups.map((one) => one.steps));
    at(`t-${name}`).replaceChildren(...groups.map((one) => {
      const head = make("th", one.name, { scope: "row" });
      head.style.setProperty("--share", (one.steps / most).toFixed(3));
      const row = document.createElement("tr");
      row.append(head, make("td", count(one.steps)), make("td", count(one.recovered)), make("td", duration(one.lost)));
      return row;
    }));
  }

  function tiles(chosen, met, longest) {
    const builds = new Map();
    for (const i of chosen) builds.set(data.key[i], (builds.get(data.key[i]) || 0) | (data.met[i] ? (data.recovered[i] ? 1 : 3) : 0));
    const states = [...builds.values()];
    const touched = states.filter(Boolean).length, healed = states.filter((state) => state === 1).length;
    const lost = met.reduce((sum, i) => sum + data.lost[i], 0);
    const values = [count(states.length), `${count(touched)} (${share(touched, states.length)})`, `${count(healed)} (${share(healed, touched)})`, duration(lost), `${count(met.reduce((sum, i) => sum + data.incidents[i], 0))} in ${count(met.length)} step${met.length === 1 ? "" : "s"}`, duration(longest)];
    document.querySelectorAll("#tiles dd").forEach((cell, n) => { cell.textContent = values[n]; });
    at("headline").textContent = !states.length ? "There is no record to report on." : !met.length ? `No antivirus lock in ${count(states.length)} builds.`
      : `${count(touched)} of ${count(states.length)} builds (${share(touched, states.length)}) met an antivirus product; ${count(healed)} of them recovered. It cost ${duration(lost)}.`;
  }

  function draw(id, labels, values, unit, height = 190) {
    const place = at(id), style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--soft").trim(), line = style.getPropertyValue("--line").trim(), bar = style.getPropertyValue("--plot").trim();
    plots[id]?.destroy();
    const width = Math.max(200, place.clientWidth || 600);
    const step = Math.max(1, Math.ceil(labels.length / Math.max(2, Math.floor((width - 60) / 95))));
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui" };
    plots[id] = new uPlot({
      width, height, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false, range: [-0.6, Math.max(labels.length, 1) - 0.4] }, y: { range: (_, low, high) => [0, (high || 1) * 1.08] } },
      axes: [{ ...axis, grid: { show: false }, splits: () => labels.map((_, n) => n).filter((n) => n % step === 0), values: (_, splits) => splits.map((n) => labels[n]) }, { ...axis, size: 66, label: unit, labelSize: 16, labelFont: "12px system-ui" }],
      series: [{}, { stroke: bar, fill: bar, paths: uPlot.paths.bars({ size: [0.75, 46] }), points: { show: false } }],
    }, [labels.map((_, n) => n), values], place);
  }

  function everyDay(days) {
    if (!days.length) return [[], []];
    const lost = new Map(days.map((one) => [one.name, one.lost / 60]));
    const names = [...lost.keys()].sort(), labels = [], values = [];
    for (let t = Date.parse(names[0]); t <= Date.parse(names[names.length - 1]) && labels.length < 4000; t += 86400000) {
      const day = new Date(t).toISOString().slice(0, 10);
      labels.push(day); values.push(lost.get(day) || 0);
    }
    return [labels, values];
  }

  function locks(met) {
    const times = met.flatMap((i) => data.locks[i]).sort((a, b) => a - b);
    const counts = new Array(data.edges.length + 1).fill(0);
    for (const each of times) { const n = data.edges.findIndex((edge) => each <= edge); counts[n < 0 ? data.edges.length : n] += 1; }
    const rank = (part) => (times.length ? times[Math.max(0, Math.ceil((times.length * part) / 100) - 1)] : null);
    at("quantiles").textContent = `Median ${duration(rank(50))}, 95% within ${duration(rank(95))}, longest ${duration(rank(100))}.`;
    [...at("t-locks").rows].forEach((row, n) => { row.cells[1].textContent = count(counts[n]); });
    return [counts, rank(100)];
  }

  function worst(met) {
    const first = [...met].sort((a, b) => data.recovered[a] - data.recovered[b] || data.lost[b] - data.lost[a] || a - b).slice(0, data.worst);
    at("worst").replaceChildren(...first.map((i) => {
      const item = document.createElement("li"), line = document.createElement("p"), strong = document.createElement("strong");
      const url = texts[data.url[i]], build = texts[data.build[i]];
      strong.append(url ? make("a", build, { href: url, rel: "noreferrer noopener" }) : build);
      line.append(strong, " ", make("span", data.recovered[i] ? "recovered" : "not recovered", { className: data.recovered[i] ? "good" : "bad" }),
        ` ${duration(data.lost[i])} lost on ${texts[data.by.agent[i][0]]}, ${texts[data.day[i]]}: ${texts[data.name[i]]}`);
      const file = document.createElement("p"); file.append(make("code", texts[data.file[i]]));
      item.append(line, file, make("pre", texts[data.excerpt[i]]));
      return item;
    }));
  }

  let shown = { days: [[], []], counts: [] };
  function paint() {
    if (at("found").hidden) return;
    draw("plot-days", shown.days[0], shown.days[1], "minutes");
    const edges = data.edges;
    draw("plot-locks", shown.counts.map((_, n) => (n < edges.length ? `≤${edges[n]} s` : `>${edges[n - 1]} s`)), shown.counts, "locks");
  }

  function update() {
    const begun = performance.now(), chosen = choose(), met = chosen.filter((i) => data.met[i]);
    at("found").hidden = !met.length; at("empty").hidden = !!met.length;
    const [counts, longest] = locks(met);
    tiles(chosen, met, longest);
    const days = group(met, (i) => [data.day[i]]);
    fill("days", [...days].sort((a, b) => (a.name < b.name ? -1 : 1)));
    for (const name of Object.keys(data.by)) fill(name, group(met, (i) => data.by[name][i]).slice(0, data.rows));
    worst(met);
    shown = { days: everyDay(days), counts };
    paint();
    document.body.dataset.took = (performance.now() - begun).toFixed(1);
  }

  function options(id) {
    const numbers = [...new Set(data.by[id].map((one) => one[0]))].sort((a, b) => (texts[a] < texts[b] ? -1 : 1));
    at(id).append(...numbers.map((n) => make("option", texts[n], { value: n })));
  }

  options("agent"); options("job");
  const form = at("filters");
  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("reset", () => setTimeout(update));
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const media of ["print", "(prefers-color-scheme: dark)"]) matchMedia(media).addEventListener("change", paint);
  addEventListener("beforeprint", paint); addEventListener("afterprint", paint);
  let width = 0;
  new ResizeObserver(() => { if (document.body.clientWidth !== width) { width = document.body.clientWidth; paint(); } }).observe(document.body);
  update();
})();
