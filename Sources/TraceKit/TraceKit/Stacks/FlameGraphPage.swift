/// What makes a flame graph a page that can be used.
enum FlameGraphPage {
  static let style: StaticString = """

    text { font: 12px monospace; fill: #1c1c1a; }
    #heading { font-size: 17px; text-anchor: middle; }
    .button { cursor: pointer; fill: #4a4a46; }
    .button:hover { fill: #000; text-decoration: underline; }
    #frames rect { cursor: pointer; rx: 2px; }
    #frames g:hover rect { stroke: #000; stroke-width: 0.6; }
    #frames text { pointer-events: none; }
    #frames .match rect { fill: #d65cf0; }
    #frames .below { opacity: 0.5; }

    """

  /// The state is in the address, behind the #, so that a view can be sent as a link:
  /// `zoom` is the number of a frame, `search` a regular expression.
  static let script: StaticString = #"""
    "use strict";
    (() => {
      const byId = (id) => document.getElementById(id);
      const all = byId("frames");
      const margin = Number(all.dataset.margin);
      const room = Number(all.dataset.width);
      const total = Number(all.dataset.total);
      const unit = all.dataset.unit;
      const before = Number(all.dataset.before);
      const file = all.dataset.file;
      const frames = Array.from(all.children, (group, index) => {
        const [title, box, label] = group.children;
        const frame = {
          index, group, box, label, name: title.textContent,
          start: Number(box.dataset.start), value: Number(box.dataset.value),
          y: Number(box.getAttribute("y")), other: Number(box.dataset.other),
        };
        frame.end = frame.start + frame.value;
        const share = (100 * frame.value / total).toFixed(2);
        const beside = file !== undefined ? `, ${frame.other} of them in ${file}`
          : before > 0 ? `, before ${(100 * frame.other / before).toFixed(2)}%` : "";
        frame.what = `${frame.name} (${frame.value} ${unit}, ${share}%${beside})`;
        title.textContent = frame.what;
        group.addEventListener("click", () => go({ zoom: index }));
        group.addEventListener("mouseenter", () => { byId("details").textContent = frame.what; });
        group.addEventListener("mouseleave", () => { byId("details").textContent = ""; });
        return frame;
      });

      const state = { zoom: 0, search: "" };

      const place = (frame, x, width) => {
        frame.group.toggleAttribute("display", false);
        if (width < 0.25) { frame.group.setAttribute("display", "none"); return; }
        frame.box.setAttribute("x", x);
        frame.box.setAttribute("width", width);
        frame.label.setAttribute("x", x + 3);
        const letters = Math.floor((width - 6) / 7.3);
        const name = Array.from(frame.name);
        frame.label.textContent = width < 24 ? ""
          : name.length <= letters ? frame.name : name.slice(0, letters - 1).join("") + "…";
      };

      const zoom = () => {
        const target = frames[state.zoom] ?? frames[0];
        if (!target) return;
        const scale = room / target.value;
        for (const frame of frames) {
          const inside = frame.start >= target.start && frame.end <= target.end;
          const around = frame.start <= target.start && frame.end >= target.end;
          const isBelow = frame.y > target.y;
          frame.group.classList.toggle("below", isBelow && around);
          if (isBelow ? around : frame === target) place(frame, margin, room);
          else if (frame.y < target.y && inside)
            place(frame, margin + (frame.start - target.start) * scale, frame.value * scale);
          else frame.group.setAttribute("display", "none");
        }
        byId("reset").setAttribute("visibility", state.zoom ? "visible" : "hidden");
      };

      const search = () => {
        let pattern = null;
        let problem = "";
        try { if (state.search) pattern = new RegExp(state.search); }
        catch (error) { problem = error.message; }
        let sum = 0;
        let end = -1;
        for (const frame of frames) {
          const isMatch = pattern !== null && frame.index > 0 && pattern.test(frame.name);
          frame.group.classList.toggle("match", isMatch);
          // A match within a match counts once; a frame comes before those above it.
          if (isMatch && frame.end > end) {
            sum += frame.value;
            end = frame.end;
          }
        }
        byId("matched").textContent = problem ||
          (pattern ? `Matched: ${(100 * sum / total).toFixed(2)}%` : "");
        byId("search").textContent = state.search ? "Reset search" : "Search";
      };

      const show = () => {
        const wanted = new URLSearchParams(location.hash.slice(1));
        state.zoom = Number(wanted.get("zoom") ?? 0);
        state.search = wanted.get("search") ?? "";
        zoom();
        search();
      };

      const go = (change) => {
        Object.assign(state, change);
        const wanted = new URLSearchParams();
        if (state.zoom) wanted.set("zoom", state.zoom);
        if (state.search) wanted.set("search", state.search);
        location.hash = wanted.toString();
      };

      const ask = () => {
        const answer = prompt("Search for a regular expression:", state.search);
        if (answer !== null) go({ search: answer });
      };

      byId("reset").addEventListener("click", () => go({ zoom: 0 }));
      byId("search").addEventListener("click", () => state.search ? go({ search: "" }) : ask());
      addEventListener("hashchange", show);
      addEventListener("keydown", (event) => {
        if (event.key === "Escape") go({ zoom: 0, search: "" });
        if (event.key === "F3" || (event.ctrlKey && event.key === "f")) {
          event.preventDefault();
          ask();
        }
      });
      show();
    })();

    """#
}
