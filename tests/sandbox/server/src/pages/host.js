// The CRM page's side of the embedded-app protocol, and the page's own buttons.
//
// What a frame says is believed only when it comes from that frame and from the widget's origin.
(function () {
  "use strict";

  var config = JSON.parse(document.getElementById("host-config").textContent);
  var widgetOrigin = new URL(config.widgetUrl).origin;
  var frames = [];
  var SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms";
  // Tests read what went to and fro.
  window.hostLog = [];

  function send(entry, message) {
    window.hostLog.push({ to: entry.id, message: message });
    if (entry.frame.contentWindow) entry.frame.contentWindow.postMessage(message, widgetOrigin);
  }

  function answer(entry, message, data, failed) {
    send(entry, {
      type: "FRAMEWORK.EVENT",
      eventName: failed ? "EVENT_RESPONSE_FAILURE" : "EVENT_RESPONSE",
      promiseid: message.promiseid,
      data: data,
    });
  }

  // Related lists get one id as a string, buttons get an array; ?entityid= forces one or the other.
  function pageLoad(entry) {
    var ids = entry.ids;
    var form = config.entityId || (entry.kind === "related" ? "string" : "array");
    var data = { Entity: config.module, EntityId: form === "string" ? ids[0] : ids };
    // A web tab knows of no record.
    if (entry.kind === "tab") data = null;
    else if (entry.kind !== "related") data.ButtonPosition = entry.kind === "list" ? "ListView" : "DetailView";
    return { type: "FRAMEWORK.EVENT", eventName: "PageLoad", data: data };
  }

  function register(entry) {
    // A frame that was loaded anew by itself registers once more. Whether the CRM answers again is not known.
    if (entry.registered && config.again === "silent") return;
    entry.registered = true;
    send(entry, {
      type: "FRAMEWORK.EVENT",
      eventName: "SET_CONTEXT",
      data: { uniqueID: entry.id, locale: config.locale, localeResource: {}, model: {}, connectors: [] },
    });
    if (config.sdk === "never") return;
    window.setTimeout(
      function () {
        send(entry, pageLoad(entry));
      },
      config.sdk === "late" ? config.lateMillis : 0,
    );
  }

  function getRecords(entry, message) {
    var wanted = [].concat(message.data.APIData.RecordID);
    Promise.all(
      wanted.map(function (id) {
        return fetch("/crm/data/" + encodeURIComponent(message.data.APIData.Entity) + "/" + encodeURIComponent(id)).then(
          function (response) {
            return response.ok ? response.json() : null;
          },
        );
      }),
    ).then(
      function (records) {
        answer(entry, message, { data: records.filter(Boolean) });
      },
      function (error) {
        answer(entry, message, { code: "INTERNAL_ERROR", message: String(error) }, true);
      },
    );
  }

  function closePopup() {
    var dialog = document.getElementById("popup");
    if (dialog && dialog.open) dialog.close();
  }

  function act(entry, message) {
    var action = message.data.action;
    if (action === "RESIZE") {
      var size = message.data.data;
      // A web tab is as large as the window's rest, whatever its page would like.
      if (entry.kind === "tab") return true;
      if (size.height) entry.frame.style.height = parseFloat(size.height) + "px";
      if (size.width && entry.kind !== "related") entry.frame.style.width = parseFloat(size.width) + "px";
      return true;
    }
    if (action.popup === "CLOSE" || action.popup === "CLOSE_RELOAD") {
      // The answer must leave before the frame goes.
      window.setTimeout(function () {
        closePopup();
        if (action.popup === "CLOSE_RELOAD") location.reload();
      }, 0);
      return true;
    }
    if (action.record === "OPEN") {
      var record = message.data.data;
      window.open("/crm/" + encodeURIComponent(record.Entity) + "/" + encodeURIComponent(record.RecordID), record.target || "_self");
      return true;
    }
    return undefined;
  }

  // The second script that the SDK asks for, in all that can become of it.
  function secondScript(entry, message) {
    var address = location.origin + "/sdk/zdk.js";
    if (config.secondScript === "silent") return;
    if (config.secondScript === "blocked") address = location.protocol + "//blocked.localhost/zdk.js";
    if (config.secondScript === "hangs") address = location.origin + config.hangingScript;
    if (config.secondScript === "refused") answer(entry, message, { code: "FEATURE_NOT_SUPPORTED" }, true);
    else answer(entry, message, address);
  }

  function crmEvent(entry, message) {
    var data = message.data;
    var result;
    if (data.category === "READ") return getRecords(entry, message);
    if (data.category === "CONFIG" && data.type === "CURRENT_USER") result = config.flatUser ? config.user : { users: [config.user] };
    if (data.category === "CONFIG" && data.type === "ORG") result = { org: [config.org] };
    if (data.category === "CONFIG" && data.type === "USER_PREFERENCE") result = { mode: config.theme };
    if (data.category === "UI") result = act(entry, message);
    if (result === undefined) {
      answer(entry, message, { code: "FEATURE_NOT_SUPPORTED", message: "The stand-in CRM does not answer this call." }, true);
    } else {
      answer(entry, message, result);
    }
  }

  window.addEventListener("message", function (event) {
    var entry = frames.find(function (candidate) {
      return candidate.frame.contentWindow === event.source;
    });
    if (!entry || event.origin !== widgetOrigin) return;
    var message = event.data;
    if (typeof message === "string") {
      try {
        message = JSON.parse(message);
      } catch (error) {
        return;
      }
    }
    if (!message || message.type !== "SDK.EVENT") return;
    window.hostLog.push({ from: entry.id, message: message });
    if (message.eventName === "REGISTER") register(entry);
    else if (message.eventName === "ZDK_EVENT") secondScript(entry, message);
    else if (message.eventName === "CRM_EVENT") crmEvent(entry, message);
  });

  // The base URLs as they are typed into the CRM: paths, or those of before the paths. What the CRM appends goes behind
  // a "?", and behind an "&" where one is there, or behind a "?" always: both were seen.
  function address(kind) {
    var paths = { related: "/panel", button: "/panel/button", list: "/panel/list", tab: "/portal" };
    var old = { related: "/panel", button: "/panel?mode=button", list: "/panel?mode=list", tab: "/portal" };
    var page = (config.base === "query" ? old : paths)[kind] + (config.base === "slash" ? "/" : "");
    var sign = page.indexOf("?") < 0 || config.appended === "second" ? "?" : "&";
    return config.widgetUrl + page + sign + "serviceOrigin=" + encodeURIComponent(location.origin);
  }

  function embed(frame, kind, ids) {
    frames = frames.filter(function (entry) {
      return entry.frame !== frame;
    });
    frames.push({ id: "widget-" + kind, frame: frame, kind: kind, ids: ids });
    // Counts from the next address on that the frame is sent to.
    if (config.sandboxed) frame.setAttribute("sandbox", SANDBOX);
    // The stand-in for the CRM's script reads it: a next generation registers while it loads.
    if (config.sdk === "early") frame.name = "registers-early";
    frame.src = address(kind);
  }

  function openPopup(kind, ids) {
    var dialog = document.getElementById("popup");
    var frame = document.createElement("iframe");
    frame.id = "xero-popup";
    frame.title = "Sync to Xero";
    frame.setAttribute("data-testid", "xero-popup");
    document.getElementById("popup-body").replaceChildren(frame);
    embed(frame, kind, ids);
    dialog.showModal();
  }

  var related = document.getElementById("xero-panel");
  if (related) embed(related, "related", [config.recordId]);

  var tab = document.getElementById("xero-portal");
  if (tab) embed(tab, "tab", []);

  var button = document.getElementById("sync-button");
  if (button) {
    button.addEventListener("click", function () {
      openPopup("button", [config.recordId]);
    });
  }

  var listButton = document.getElementById("list-sync-button");
  if (listButton) {
    var boxes = Array.from(document.querySelectorAll("input[name=ids]"));
    var chosen = function () {
      return boxes
        .filter(function (box) {
          return box.checked;
        })
        .map(function (box) {
          return box.value;
        });
    };
    var count = function () {
      listButton.disabled = chosen().length === 0;
      document.getElementById("chosen").textContent = chosen().length + " selected";
    };
    boxes.forEach(function (box) {
      box.addEventListener("change", count);
    });
    document.getElementById("all").addEventListener("change", function (event) {
      boxes.forEach(function (box) {
        box.checked = event.target.checked;
      });
      count();
    });
    listButton.addEventListener("click", function () {
      openPopup("list", chosen());
    });
    count();
  }

  var dialog = document.getElementById("popup");
  if (dialog) {
    dialog.addEventListener("close", function () {
      document.getElementById("popup-body").replaceChildren();
      frames = frames.filter(function (entry) {
        return entry.kind === "related";
      });
    });
    document.getElementById("popup-close").addEventListener("click", closePopup);
  }
})();
