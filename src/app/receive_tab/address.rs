//! Where to listen, as typed, and which of this PC's addresses to tell the other one.

use std::net::{IpAddr, SocketAddr};

use egui::{Align, Layout, Ui};

use crate::app::command::Command;
use crate::app::settings::ReceiveSettings;
use crate::app::theme::space;
use crate::app::widgets;
use crate::net::Interface;

/// Whether packets are received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listening {
    Off,
    On,
    /// The last words of senders are heard out.
    Stopping,
}

/// The address and the port, as typed.
pub(super) struct AddressForm {
    address: String,
    port: String,
    /// Filled in by the command line or the system, not by the user: not to be remembered.
    given: bool,
}

impl AddressForm {
    /// As it was left the last time.
    pub(super) fn new(settings: &ReceiveSettings) -> Self {
        Self { address: settings.address.clone(), port: settings.port.to_string(), given: false }
    }

    /// Fills in an address that the user has not typed.
    pub(super) fn set(&mut self, address: SocketAddr) {
        self.address = address.ip().to_string();
        self.port = address.port().to_string();
        self.given = true;
    }

    /// Shows the port that the system chose, when it was left to it.
    pub(super) fn show_bound(&mut self, bound: SocketAddr) {
        if self.parse().is_ok_and(|asked| asked.port() != bound.port()) {
            self.port = bound.port().to_string();
            self.given = true;
        }
    }

    /// What was typed.
    ///
    /// # Errors
    /// What is wrong with it and what to type instead.
    pub(super) fn parse(&self) -> Result<SocketAddr, String> {
        let address = self.typed().next().unwrap_or_default();
        let ip: IpAddr = address.trim_matches(['[', ']']).parse().map_err(|_| {
            format!(
                "“{address}” is not an address: type 0.0.0.0 for every interface, \
                 or one of this PC's addresses"
            )
        })?;
        let port = self.port.trim();
        let port: u16 = port
            .parse()
            .map_err(|_| format!("“{port}” is not a port: type a number up to 65535"))?;
        Ok(SocketAddr::new(ip, port))
    }

    /// The multicast groups to join: what is typed behind the address.
    ///
    /// # Errors
    /// What is wrong with them and what to type instead.
    pub(super) fn groups(&self) -> Result<Vec<IpAddr>, String> {
        let group = |text: &str| {
            let address = text.trim_matches(['[', ']']).parse().ok();
            address.filter(IpAddr::is_multicast).ok_or_else(|| {
                format!("“{text}” is not a multicast group: type one such as 239.1.2.3")
            })
        };
        self.typed().skip(1).map(group).collect()
    }

    fn typed(&self) -> impl Iterator<Item = &str> {
        let words = self.address.split(|c: char| c == ',' || c.is_whitespace());
        words.filter(|word| !word.is_empty())
    }

    /// Writes what was typed into `settings`, if it can be used the next time.
    pub(super) fn store(&self, settings: &mut ReceiveSettings) {
        if let Ok(address) = self.parse()
            && !self.given
        {
            self.address.trim().clone_into(&mut settings.address);
            settings.port = address.port();
        }
    }

    /// The fields and the button, from right to left.
    pub(super) fn ui(&mut self, ui: &mut Ui, state: Listening, commands: &mut Vec<Command>) {
        let label = if state == Listening::Off { "Listen" } else { "■ Stop" };
        let hover = Command::ToggleListening.hover_text(ui);
        ui.add_enabled_ui(state != Listening::Stopping, |ui| {
            if widgets::fixed_button(ui, label, BUTTON).on_hover_text(hover).clicked() {
                commands.push(Command::ToggleListening);
            }
        });
        ui.add_enabled_ui(state == Listening::Off, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::TIGHT;
                let port = widgets::text_field(ui, &mut self.port, "Port", PORT);
                ui.label(":");
                let address = widgets::text_field(ui, &mut self.address, "Address", ADDRESS)
                    .on_hover_text(ADDRESS_HOVER);
                self.given &= !(port.changed() || address.changed());
                let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
                if enter && (port.lost_focus() || address.lost_focus()) {
                    commands.push(Command::ToggleListening);
                }
            });
        });
    }
}

/// The addresses that the other PC can send to when `bound` is listened on, the best first.
pub(super) fn reachable(bound: IpAddr, interfaces: &[Interface]) -> Vec<&Interface> {
    interfaces
        .iter()
        .filter(|interface| bound.is_unspecified() || interface.address == bound)
        .filter(|interface| !bound.is_ipv4() || interface.address.is_ipv4())
        .collect()
}

const ADDRESS_HOVER: &str = "0.0.0.0 is every interface of this PC. To receive what is sent to a \
     multicast group too, type it behind: 0.0.0.0, 239.1.2.3";
const ADDRESS: f32 = 132.0;
const PORT: f32 = 64.0;
const BUTTON: f32 = 84.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn form(address: &str, port: &str) -> AddressForm {
        AddressForm { address: address.to_owned(), port: port.to_owned(), given: false }
    }

    #[test]
    fn an_address_that_does_not_parse_says_what_to_type() {
        assert_eq!(form(" 0.0.0.0", "4321 ").parse(), Ok(SocketAddr::from(([0, 0, 0, 0], 4321))));
        assert!(form("[::]", "0").parse().is_ok_and(|address| address.is_ipv6()));
        let wrong = form("moon", "4321").parse().expect_err("no address");
        assert!(wrong.contains("moon") && wrong.contains("0.0.0.0"), "{wrong}");
        let wrong = form("0.0.0.0", "99999").parse().expect_err("no port");
        assert!(wrong.contains("99999") && wrong.contains("65535"), "{wrong}");
    }

    #[test]
    fn groups_stand_behind_the_address() {
        let typed = form("0.0.0.0, 239.1.2.3 ff15::7", "4321");
        assert_eq!(typed.parse(), Ok(SocketAddr::from(([0, 0, 0, 0], 4321))));
        let groups: Vec<String> =
            typed.groups().expect("groups").iter().map(ToString::to_string).collect();
        assert_eq!(groups, ["239.1.2.3", "ff15::7"]);
        assert_eq!(form("0.0.0.0", "4321").groups(), Ok(Vec::new()));
        let wrong = form("0.0.0.0, 10.0.0.5", "4321").groups().expect_err("no group");
        assert!(wrong.contains("10.0.0.5") && wrong.contains("239.1.2.3"), "{wrong}");
    }

    #[test]
    fn only_addresses_that_are_listened_on_are_told() {
        let interface = |address: &str| Interface {
            name: "net0".to_owned(),
            address: address.parse().expect("an address"),
            mtu: None,
            loopback: false,
            link_mbps: None,
        };
        let interfaces = [interface("192.168.1.20"), interface("fe80::1"), interface("10.0.0.2")];
        let told = |bound: &str| -> Vec<String> {
            let bound = bound.parse().expect("an address");
            reachable(bound, &interfaces).iter().map(|i| i.address.to_string()).collect()
        };
        assert_eq!(told("0.0.0.0"), ["192.168.1.20", "10.0.0.2"]);
        assert_eq!(told("10.0.0.2"), ["10.0.0.2"]);
        assert_eq!(told("::").len(), 3);
    }
}
