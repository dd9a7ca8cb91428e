//! Routes that cannot be added without saying who may use them.

use crate::ctx::Ctx;
use crate::error::Error;
use crate::rules::policy::Role;
use crate::state::App;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Router, http::Method};

/// Who may use a route at all; what they may do there the policy decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not.
    Public,
    /// Any person signed in, even with an initial password.
    Session,
    /// The roles named.
    Roles(&'static [Role]),
}

impl Access {
    /// Everybody who handles cases, in whatever tier.
    pub const CASEWORK: Self = Self::Roles(&[
        Role::Operator,
        Role::Lead,
        Role::City,
        Role::County,
        Role::Township,
        Role::Village,
        Role::Handler,
    ]);
    /// Every person, whatever their role.
    pub const PEOPLE: Self = Self::Roles(&[
        Role::Operator,
        Role::Lead,
        Role::City,
        Role::County,
        Role::Township,
        Role::Village,
        Role::Handler,
        Role::Reporter,
        Role::SysAdmin,
        Role::SecAdmin,
        Role::Auditor,
    ]);
    /// The intake desk.
    pub const DESK: Self = Self::Roles(&[Role::Operator, Role::Lead]);

    /// Whether a role passes the gate; `None` is nobody signed in.
    #[must_use]
    pub fn admits(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Self::Public, _) => true,
            (Self::Session, Some(role)) => role != Role::Service,
            (Self::Roles(roles), Some(role)) => roles.contains(&role),
            (_, None) => false,
        }
    }
}

/// One row of the access list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path with its parameters.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// A router together with its access list.
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<App>,
    list: Vec<Route>,
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a GET route.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add((MethodFilter::GET, Method::GET), path, access, handler)
    }

    /// Adds a POST route.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add((MethodFilter::POST, Method::POST), path, access, handler)
    }

    /// Adds a DELETE route.
    #[must_use]
    pub fn delete<H: Handler<T, App>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add((MethodFilter::DELETE, Method::DELETE), path, access, handler)
    }

    /// Adds a POST route that takes uploads of up to `bytes`.
    #[must_use]
    pub fn upload<H: Handler<T, App>, T: 'static>(
        mut self,
        path: &'static str,
        access: Access,
        bytes: usize,
        handler: H,
    ) -> Self {
        let service = on(MethodFilter::POST, handler).layer(axum::extract::DefaultBodyLimit::max(bytes));
        self.router = self.router.route(path, gated(access, service));
        self.list.push(Route {
            method: Method::POST,
            path,
            access,
        });
        self
    }

    fn add<H: Handler<T, App>, T: 'static>(
        mut self,
        (filter, method): (MethodFilter, Method),
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, gated(access, on(filter, handler)));
        self.list.push(Route { method, path, access });
        self
    }

    /// Joins another feature's routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self
    }

    /// The access list.
    #[must_use]
    pub fn list(&self) -> &[Route] {
        &self.list
    }

    /// The router.
    pub fn into_router(self) -> Router<App> {
        self.router
    }
}

fn gated(access: Access, service: MethodRouter<App>) -> MethodRouter<App> {
    service.layer(middleware::from_fn(move |request: Request, next: Next| async move {
        match refused(access, request.extensions().get::<Ctx>(), &request) {
            Some(error) => error.into_response(),
            None => next.run(request).await,
        }
    }))
}

fn refused(access: Access, ctx: Option<&Ctx>, request: &Request) -> Option<Error> {
    if access == Access::Public {
        return None;
    }
    let Some(ctx) = ctx else {
        return Some(Error::SignedOut);
    };
    if !access.admits(Some(ctx.actor.role)) {
        let act = format!("{} {}", request.method(), pattern(request));
        return Some(Error::Forbidden(Error::denied(&act, None)));
    }
    (ctx.must_change && access != Access::Session).then_some(Error::MustChangePassword)
}

/// The route's pattern, so that no id or search term reaches the journal.
fn pattern(request: &Request) -> &str {
    request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or("?", axum::extract::MatchedPath::as_str)
}

/// Wraps a response builder for handlers that only redirect.
#[must_use]
pub fn see_other(to: &str) -> Response {
    axum::response::Redirect::to(to).into_response()
}
