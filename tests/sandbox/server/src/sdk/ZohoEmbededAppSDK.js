// A stand-in for the script that Zoho serves to embedded apps, for tests and for trying things out.
// It speaks the same postMessage protocol to the page around it, as Zoho's version 1.2 and later do.
// The file name is spelt as Zoho spells it.
(function () {
  "use strict";

  // Zoho's script reads the query by hand: everything after the first "?", and decodes the origin only.
  var query = {};
  (location.href.split("?")[1] || "").split("&").forEach(function (pair) {
    var at = pair.indexOf("=");
    if (at > 0) query[pair.slice(0, at)] = pair.slice(at + 1);
  });
  var serviceOrigin = query.serviceOrigin ? decodeURIComponent(query.serviceOrigin) : undefined;
  var appOrigin = encodeURIComponent(location.protocol + "//" + location.host + location.pathname);

  var listeners = {};
  var waiting = {};
  var counter = 100;
  var uniqueID;
  var initialised;
  var resolveInit;

  function post(message) {
    if (serviceOrigin) window.parent.postMessage(message, serviceOrigin);
  }

  // Sends an event that has an answer. There is no time limit here, as there is none in Zoho's script.
  function ask(eventName, data) {
    return new Promise(function (resolve, reject) {
      var promiseid = "Promise" + counter;
      counter += 1;
      waiting[promiseid] = { resolve: resolve, reject: reject };
      post({
        type: "SDK.EVENT",
        eventName: eventName,
        uniqueID: uniqueID,
        time: Date.now(),
        promiseid: promiseid,
        data: data,
        appOrigin: appOrigin,
      });
    });
  }

  function crm(data) {
    data.sdkVersion = "1";
    return ask("CRM_EVENT", data);
  }

  // The page around us hands out the address of a second script; init() is done when that is settled either way.
  function loadSecondScript() {
    return ask("ZDK_EVENT", { action: "get_zdk_url" }).then(
      function (url) {
        return new Promise(function (resolve) {
          var script = document.createElement("script");
          script.src = url;
          script.onload = resolve;
          script.onerror = function () {
            console.log("ZDK import failed");
            resolve();
          };
          document.head.appendChild(script);
        });
      },
      function () {
        console.log("ZDK import failed");
      },
    );
  }

  // Zoho's script lets messages of any origin in; programs must not trust what arrives, so neither does this one check.
  window.addEventListener("message", function (event) {
    var message = event.data;
    if (typeof message === "string") {
      try {
        message = JSON.parse(message);
      } catch (error) {
        return;
      }
    }
    if (!message || message.type !== "FRAMEWORK.EVENT") return;
    if (message.eventName === "SET_CONTEXT") {
      uniqueID = message.data.uniqueID;
      loadSecondScript().then(function () {
        if (resolveInit) resolveInit();
      });
    } else if (message.eventName === "EVENT_RESPONSE" || message.eventName === "EVENT_RESPONSE_FAILURE") {
      var promise = waiting[message.promiseid];
      delete waiting[message.promiseid];
      if (promise) promise[message.eventName === "EVENT_RESPONSE" ? "resolve" : "reject"](message.data);
    } else if (message.eventName !== "UPDATE_CONTEXT") {
      (listeners[message.eventName] || []).forEach(function (listener) {
        listener(message.data);
      });
    }
  });

  window.addEventListener("pagehide", function () {
    post({ type: "SDK.EVENT", eventName: "DEREGISTER", uniqueID: uniqueID, appOrigin: appOrigin });
  });

  function init() {
    if (!initialised) {
      initialised = new Promise(function (resolve) {
        resolveInit = resolve;
      });
      post({ type: "SDK.EVENT", eventName: "REGISTER", appOrigin: appOrigin });
    }
    return initialised;
  }

  window.ZOHO = {
    embeddedApp: {
      on: function (eventName, listener) {
        (listeners[eventName] = listeners[eventName] || []).push(listener);
      },
      init: init,
    },
    CRM: {
      API: {
        getRecord: function (request) {
          return crm({ category: "READ", APIData: { Entity: request.Entity, RecordID: request.RecordID } });
        },
      },
      CONFIG: {
        getCurrentUser: function () {
          return crm({ category: "CONFIG", type: "CURRENT_USER" });
        },
        getOrgInfo: function () {
          return crm({ category: "CONFIG", type: "ORG" });
        },
        getUserPreference: function () {
          return crm({ category: "CONFIG", type: "USER_PREFERENCE" });
        },
      },
      UI: {
        Resize: function (size) {
          return crm({ category: "UI", action: "RESIZE", data: { width: size.width, height: size.height } });
        },
        Popup: {
          close: function () {
            return crm({ category: "UI", action: { popup: "CLOSE" } });
          },
          closeReload: function () {
            return crm({ category: "UI", action: { popup: "CLOSE_RELOAD" } });
          },
        },
        Record: {
          open: function (request) {
            return crm({
              category: "UI",
              action: { record: "OPEN" },
              data: { Entity: request.Entity, RecordID: request.RecordID, target: request.Target },
            });
          },
        },
      },
    },
  };
  // As a next generation does: whoever subscribes later than in this very turn has missed what comes.
  if (window.name === "registers-early") init();
})();
