//! What is known of a request before anybody is signed in.

use crate::ctx::Ctx;
use crate::error::Error;
use crate::state::App;
use crate::web::layers::RequestId;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use chrono::{DateTime, Utc};
use std::net::{IpAddr, SocketAddr};
use uuid::Uuid;

/// When, from where, under which id.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The one time of the request.
    pub now: DateTime<Utc>,
    /// The id of the request.
    pub request_id: Uuid,
    /// The client's address without its port.
    pub address: String,
}

impl Visitor {
    /// Reads the extensions that the listener and the outer layers left, and
    /// whom a trusted proxy speaks for.
    #[must_use]
    pub fn of(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let address = peer.map(|peer| client(peer.0.ip(), headers, &app.config.proxies.value));
        Self {
            now: app.clock.now(),
            request_id: extensions.get::<RequestId>().map_or(Uuid::nil(), |id| id.0),
            address: address.map_or_else(String::new, |address| address.to_string()),
        }
    }

    /// The context of what happens to nobody in particular.
    #[must_use]
    pub fn ctx(&self) -> Ctx {
        Ctx {
            request_id: self.request_id,
            address: self.address.clone(),
            ..Ctx::system(self.now)
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        Ok(Self::of(app, &parts.headers, &parts.extensions))
    }
}

/// Who is behind a connection. The header counts only when a proxy of the
/// configuration sent it, and only its last entry that is no such proxy:
/// everything before that the client may have made up. Without this everybody
/// behind the proxy would be one address, and one attacker could keep all out.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.contains(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.rsplit(','))
        .map(|entry| entry.trim().parse::<IpAddr>().map(|address| address.to_canonical()))
        .find(|entry| !matches!(entry, Ok(address) if proxies.contains(address)))
        .and_then(Result::ok)
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies: Vec<IpAddr> = ["127.0.0.1", "10.0.0.7"].map(|text| text.parse().unwrap()).into();
        client(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_whom_it_speaks_for() {
        assert_eq!(seen("10.1.1.1", &["10.9.9.9"]), "10.1.1.1");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9"]), "10.9.9.9");
        assert_eq!(seen("::ffff:127.0.0.1", &["10.9.9.9, 10.0.0.7"]), "10.9.9.9");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9", "10.0.0.7"]), "10.9.9.9");
    }

    #[test]
    fn what_a_client_makes_up_in_front_of_its_own_address_is_not_believed() {
        assert_eq!(seen("127.0.0.1", &["10.1.1.1, 10.9.9.9"]), "10.9.9.9");
        assert_eq!(seen("127.0.0.1", &["10.1.1.1, nonsense"]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
    }
}
