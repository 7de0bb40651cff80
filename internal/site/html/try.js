// Starts the machine of a page: an emulated PC with the disk of quickstart. All that it needs
// comes in scripts, as a page that is a file on a disk may load these and nothing else.
"use strict";
(() => {
  const machine = document.getElementById("machine");
  if (!machine) return;
  const folder = machine.dataset.root + "try/";
  const button = document.getElementById("start");
  const state = document.getElementById("state");
  const screen = document.getElementById("screen");
  const say = (text) => { state.textContent = text; };

  if (typeof WebAssembly !== "object" || typeof DecompressionStream !== "function") {
    say("This browser cannot run the machine: it has no WebAssembly, or is older than 2023. "
      + "All other pages need neither. On your own computer, make quickstart and make boot start the same system.");
    return;
  }
  button.hidden = false;
  say(`${machine.dataset.size} to load, then some 15 seconds.`);

  const parts = {};
  // Called by each script with data.
  window.lfdData = (name, base64) => {
    const text = atob(base64);
    const data = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i);
    parts[name] = data;
  };

  const script = (name) => new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = folder + name + ".js";
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${element.src} cannot be loaded`));
    document.head.append(element);
  });

  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = folder + "xterm.css";
  document.head.append(style);

  // What the machine has written since a lesson's last command.
  let written = "";
  const typing = document.querySelectorAll("button.type");

  async function start() {
    button.hidden = true;
    button.disabled = true;
    const names = ["libv86", "xterm", "v86", "bios", "vgabios", "disk"];
    for (const [n, name] of names.entries()) {
      say(`Loading, ${n + 1} of ${names.length} …`);
      await script(name);
      if (!/^(libv86|xterm)$/.test(name) && !parts[name]) throw new Error(`${name}.js is incomplete`);
    }
    const program = await WebAssembly.compile(parts.v86);
    say("Unpacking the disk …");
    const unpacked = new Blob([parts.disk]).stream().pipeThrough(new DecompressionStream("gzip"));
    const disk = await new Response(unpacked).arrayBuffer();

    screen.replaceChildren();
    // Letters are 0.6 times as wide as high. Below 9 pixels nobody reads them: then it scrolls.
    const fontSize = Math.min(15, Math.max(9, Math.floor(screen.clientWidth / 80 / 0.6)));
    const terminal = new Terminal({ cols: 80, rows: 24, fontSize, screenReaderMode: true, convertEol: false });
    terminal.open(screen);
    let escaped = false;
    terminal.attachCustomKeyEventHandler((event) => {
      if (event.type !== "keydown") return true;
      // Who has no mouse gets out by Escape, then Tab: the browser does what Tab is for.
      const leave = escaped && event.key === "Tab";
      escaped = event.key === "Escape" || (escaped && event.key === "Shift");
      if (leave) return false;
      const copy = event.ctrlKey && event.shiftKey && event.code === "KeyC";
      if (copy && terminal.hasSelection()) {
        // Only pages that came safely may write to the clipboard by themselves.
        if (navigator.clipboard) navigator.clipboard.writeText(terminal.getSelection());
        else document.execCommand("copy");
      }
      if (copy) event.preventDefault();
      // The browser pastes by itself.
      return !copy && !(event.ctrlKey && event.shiftKey && event.code === "KeyV");
    });

    const emulator = new V86({
      wasm_fn: async (imports) => (await WebAssembly.instantiate(program, imports)).exports,
      memory_size: 96 << 20,
      vga_memory_size: 2 << 20,
      bios: { buffer: parts.bios.buffer },
      vga_bios: { buffer: parts.vgabios.buffer },
      hda: { buffer: disk },
      autostart: true,
      disable_keyboard: true,
      disable_mouse: true,
      disable_speaker: true,
    });
    const decoder = new TextDecoder();
    let waiting = [];
    emulator.add_listener("serial0-output-byte", (byte) => {
      // Many bytes come at once: a terminal is slow at single ones.
      if (waiting.length === 0) setTimeout(() => {
        const bytes = new Uint8Array(waiting);
        waiting = [];
        terminal.write(bytes);
        written = (written + decoder.decode(bytes, { stream: true })).slice(-20000);
        look();
      }, 10);
      waiting.push(byte);
    });
    // What can be typed: first a name, behind the prompt all else, and nothing once it is off.
    const look = () => {
      if (/reboot: (Power down|System halted)/.test(written)) {
        say("It is off. Load the page again to start another one.");
        for (const one of typing) one.disabled = true;
      } else if (/# $/.test(written)) {
        for (const one of typing) one.disabled = false;
      } else if (/login: /.test(written)) { // the kernel may have said something behind it
        say("It runs. Type into the black field.");
        if (typing.length > 0) typing[0].disabled = false;
      }
    };
    const encoder = new TextEncoder();
    const send = (text) => emulator.serial_send_bytes(0, encoder.encode(text));
    terminal.onData(send);
    for (const one of typing) {
      one.addEventListener("click", () => {
        written = "";
        send("\x15" + one.dataset.run + "\n"); // Ctrl+U: in the place of what stands there
        terminal.focus();
        screen.scrollIntoView({ block: "nearest" });
      });
    }
    say("Starting: firmware, boot loader, kernel …");
    terminal.focus();
    // For tests.
    machine.written = () => written;
  }

  button.addEventListener("click", () => {
    start().catch((error) => {
      say(`It cannot start: ${error.message}`);
      button.hidden = button.disabled = false;
    });
  });
})();
