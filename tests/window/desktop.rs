//! The desktop around the window: who draws the tray, who shows notifications, who closes and shows windows.

use super::app::App;
use super::page::until;
use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, MapState, Window};
use x11rb::rust_connection::RustConnection;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, interface};

/// A notification: its title, and the text under it.
pub(super) type Noticed = (String, String);

/// Draws trays and shows notifications on the bus of one window.
pub(super) struct Desktop {
    bus: Connection,
    noticed: Arc<Mutex<Vec<Noticed>>>,
    items: Arc<Mutex<Vec<(String, String)>>>,
}

struct Watcher(Arc<Mutex<Vec<(String, String)>>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: String,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let (name, path) =
            if service.starts_with('/') { (sender, service) } else { (service, "/StatusNotifierItem".to_owned()) };
        locked(&self.0).push((name.clone(), path.clone()));
        Self::status_notifier_item_registered(&emitter, &format!("{name}{path}")).await?;
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "a method of the interface")]
    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        locked(&self.0).iter().map(|(name, path)| format!("{name}{path}")).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;
}

struct Notifications(Arc<Mutex<Vec<Noticed>>>);

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(clippy::too_many_arguments, reason = "the interface is the Desktop Notifications Specification's")]
    fn notify(
        &self,
        _app: &str,
        _replaces: u32,
        _icon: &str,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut noticed = locked(&self.0);
        noticed.push((summary, body));
        u32::try_from(noticed.len()).unwrap_or(u32::MAX)
    }

    #[expect(clippy::unused_self, reason = "a method of the interface")]
    fn close_notification(&self, _id: u32) {}

    #[expect(clippy::unused_self, reason = "a method of the interface")]
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    #[expect(clippy::unused_self, reason = "a method of the interface")]
    fn get_server_information(&self) -> (String, String, String, String) {
        ["test", "Mainstay", "1", "1.2"].map(str::to_owned).into()
    }
}

fn locked<T>(list: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What com.canonical.dbusmenu calls a layout: its revision, and the root with what is under it.
type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));

/// The menu's entries: id, words, whether a check mark is set; one under another.
type Entries = Vec<(i32, String, bool)>;

impl Desktop {
    /// Comes to the bus of this window. `tray`: draws trays too.
    pub(super) async fn around(app: &App, tray: bool) -> Self {
        let address = app.variable("DBUS_SESSION_BUS_ADDRESS").expect("a window has a bus");
        let (noticed, items) = (Arc::<Mutex<Vec<Noticed>>>::default(), Arc::<Mutex<_>>::default());
        let mut builder = zbus::connection::Builder::address(address.as_str())
            .and_then(|builder| builder.serve_at("/org/freedesktop/Notifications", Notifications(Arc::clone(&noticed))))
            .and_then(|builder| builder.name("org.freedesktop.Notifications"))
            .expect("an address and a name");
        if tray {
            builder = builder
                .serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&items)))
                .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
                .expect("a name");
        }
        Self { bus: builder.build().await.expect("the bus takes it"), noticed, items }
    }

    /// Waits for a notification with this title, and says what it says.
    pub(super) async fn noticed(&self, title: &str) -> String {
        let found = async || locked(&self.noticed).iter().find(|(said, _)| said == title).map(|(_, body)| body.clone());
        until(&format!("a notification: {title}"), found).await
    }

    /// All so far.
    pub(super) fn all_noticed(&self) -> Vec<Noticed> {
        locked(&self.noticed).clone()
    }

    /// A property of the icon in the tray, once that is there.
    pub(super) async fn icon(&self, property: &str) -> OwnedValue {
        let (name, path) = until("an icon in the tray", async || locked(&self.items).first().cloned()).await;
        let item = Proxy::new(&self.bus, name, path, "org.kde.StatusNotifierItem").await.expect("an item");
        item.get_property(property).await.expect("it has the property")
    }

    async fn menu(&self) -> Proxy<'_> {
        let path = OwnedObjectPath::try_from(self.icon("Menu").await).expect("a path");
        let (name, _) = locked(&self.items).first().cloned().expect("an icon");
        Proxy::new(&self.bus, name, path, "com.canonical.dbusmenu").await.expect("a menu")
    }

    /// Everything in the menu.
    pub(super) async fn entries(&self) -> Entries {
        let none: &[&str] = &[];
        let (_, (_, _, children)): Layout =
            self.menu().await.call("GetLayout", &(0_i32, -1_i32, none)).await.expect("a layout");
        let mut entries = Vec::new();
        for child in children {
            collect(&Structure::try_from(child).expect("an entry"), &mut entries);
        }
        entries
    }

    /// Waits until the menu holds these words, and says whether they have a check mark.
    pub(super) async fn shows(&self, words: &str) -> bool {
        let find = async || self.entries().await.into_iter().find(|(_, said, _)| said == words).map(|(_, _, on)| on);
        until(&format!("in the menu: {words}"), find).await
    }

    /// Waits until the check mark of these words is so.
    pub(super) async fn until_checked(&self, words: &str, on: bool) {
        until(&format!("{words}: {on}"), async || (self.shows(words).await == on).then_some(())).await;
    }

    /// Chooses what has these words.
    pub(super) async fn choose(&self, words: &str) {
        self.shows(words).await;
        let entries = self.entries().await;
        let (id, ..) = entries.into_iter().find(|(_, said, _)| said == words).expect("it was there");
        let nothing = Value::from(0_i32);
        let _: () = self.menu().await.call("Event", &(id, "clicked", nothing, 0_u32)).await.expect("it can be chosen");
    }
}

/// Goes through an item `(ia{sv}av)` and what is under it.
fn collect(item: &Structure<'_>, entries: &mut Entries) {
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = item.fields() else { return };
    let text = |key: &str| -> Option<String> { properties.get::<_, Value<'_>>(&key).ok()??.try_into().ok() };
    let number = |key: &str| -> Option<i32> { properties.get::<_, Value<'_>>(&key).ok()??.try_into().ok() };
    if let Some(label) = text("label") {
        entries.push((*id, label.replace("__", "_"), number("toggle-state") == Some(1)));
    }
    for child in children.iter() {
        let child = if let Value::Value(inner) = child { &**inner } else { child };
        if let Value::Structure(child) = child {
            collect(child, entries);
        }
    }
}

/// What a window manager does to the window.
pub(super) struct Frame {
    x: RustConnection,
    window: Window,
}

impl Frame {
    /// Finds the window on its screen.
    pub(super) async fn of(app: &App) -> Self {
        let (x, screen) = x11rb::connect(Some(app.display())).expect("the screen");
        let root = x.setup().roots[screen].root;
        let window = until("the window is on the screen", async || named(&x, root, "Mainstay")).await;
        Self { x, window }
    }

    /// Closes it as its button does (ICCCM 4.2.8.1).
    pub(super) fn close(&self) {
        let atom = |name: &[u8]| self.x.intern_atom(false, name).expect("sent").reply().expect("an atom").atom;
        let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
        let message = ClientMessageEvent::new(32, self.window, protocols, [delete, 0, 0, 0, 0]);
        self.x.send_event(false, self.window, EventMask::NO_EVENT, message).expect("sent");
        self.x.flush().expect("sent");
    }

    fn is_shown(&self) -> bool {
        let attributes = self.x.get_window_attributes(self.window).expect("sent").reply();
        attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE)
    }

    /// Waits until it is on the screen, or no longer.
    pub(super) async fn until_shown(&self, shown: bool) {
        until(&format!("the window is shown: {shown}"), async || (self.is_shown() == shown).then_some(())).await;
    }
}

/// The child of the root with this name that takes messages of a window manager.
fn named(x: &RustConnection, root: Window, name: &str) -> Option<Window> {
    let protocols = x.intern_atom(false, b"WM_PROTOCOLS").ok()?.reply().ok()?.atom;
    let children = x.query_tree(root).ok()?.reply().ok()?.children;
    children.into_iter().find(|window| {
        let property = |atom: u32, kind: u32| x.get_property(false, *window, atom, kind, 0, 64).ok()?.reply().ok();
        let title = property(AtomEnum::WM_NAME.into(), AtomEnum::ANY.into());
        let talks = property(protocols, AtomEnum::ATOM.into()).is_some_and(|property| property.value_len > 0);
        talks && title.is_some_and(|title| title.value == name.as_bytes())
    })
}

impl App {
    /// A variable that the running program was given.
    fn variable(&self, name: &str) -> Option<String> {
        let given = fs::read(format!("/proc/{}/environ", self.pid)).ok()?;
        let given = String::from_utf8_lossy(&given).into_owned();
        given.split('\0').find_map(|each| Some(each.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
    }
}
