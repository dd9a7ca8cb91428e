//! Work orders and their events for partners that sign, and how an order
//! stands for them and for service accounts.

use super::body::{OrderEvent, WorkOrder};
use super::door::Signed;
use super::events::{self, EventAnswer};
use super::orders::{self, OrderAnswer, OrderStanding};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::rules::policy;
use crate::state::App;
use crate::web::json::parse;
use crate::web::{Access, Json, Routes};
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::OpenApi;

/// Whoever signs needs no session: the door asks for the signature.
const PARTNERS: Access = Access::Public;

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/v1/hotline/work-orders", PARTNERS, create)
        .get("/api/v1/hotline/work-orders/{ext_order_no}", PARTNERS, show)
        .post("/api/v1/hotline/work-orders/{ext_order_no}/events", PARTNERS, add)
}

/// Their description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    HotlineApi::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(create, show, add))]
struct HotlineApi;

/// A signed body: as it came, for the record, and as it is read.
fn read<T: DeserializeOwned>(signed: &Signed) -> Result<(Value, T)> {
    if !signed.is_json {
        return Err(Error::MediaType);
    }
    Ok((parse(&signed.body)?, parse(&signed.body)?))
}

/// Takes a work order of 12345. Sent again with the same content, it gets the
/// same answer; what comes later about it is an event. What this service does
/// not know is kept and looked at by a person.
#[utoipa::path(
    post,
    path = "/api/v1/hotline/work-orders",
    tag = "hotline",
    security(()),
    params(
        ("X-Tonghu-Client" = String, Header, description = "The partner"),
        ("X-Tonghu-Timestamp" = String, Header, description = "Unix seconds, within 300 of now"),
        ("X-Tonghu-Nonce" = String, Header, description = "16 to 64 characters, used once"),
        ("X-Tonghu-Signature" = String, Header, description = "Lower-case hex of HMAC-SM3 over method, path with query, time, nonce and hex SM3 of the body, with line feeds between"),
    ),
    request_body(
        content = WorkOrder,
        example = json!({
            "ext_order_no": "SZ12345-20261123-000017", "received_at": "2026-11-23T08:52:00+08:00",
            "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"],
            "urgency": null, "title": "约7岁女童身上有伤", "content": "邻居家孩子被打，胳膊有伤",
            "caller": { "name": null, "phone": "16000000001", "anonymous": true, "safe_phone": false, "safe_time": null },
            "reporter_type": "V04", "relation_to_child": "905", "confidential": true,
            "incident_place": { "division": "140622100", "address": "东街" },
            "child_location": { "division": "140622100", "address": "东街" },
            "children": [{ "name": null, "sex": "2", "age": 7, "id_number": null }],
            "cohabiting_suspect": "yes", "danger_flags": ["needs_medical"], "reported_to_police": false,
            "recording_id": "REC-20261123-0017", "callback_url": null,
            "attachments": [{ "url": "http://10.1.2.3:9000/files/0017-1.jpg?token=x", "name": "照片1.jpg" }]
        })
    ),
    responses(
        (
            status = 201, description = "Taken", body = OrderAnswer,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000002", "ext_order_no": "SZ12345-20261123-000017",
                "number": "XS-20261123-0001", "state": "received", "text": "已受理",
                "arrived_at": "2026-11-23T01:00:00Z", "unclear": []
            })
        ),
        (
            status = 200, description = "It was here before, the same", body = OrderAnswer,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000002", "ext_order_no": "SZ12345-20261123-000017",
                "number": "XS-20261123-0001", "state": "received", "text": "已受理",
                "arrived_at": "2026-11-23T01:00:00Z", "unclear": ["/case_types/0"]
            })
        ),
        (status = 401, description = "Header, client, address, time, nonce or signature do not hold; nothing was changed"),
        (status = 409, description = "The number came before with other content"),
    )
)]
pub(crate) async fn create(State(app): State<App>, signed: Signed) -> Result<(StatusCode, Json<OrderAnswer>)> {
    let (value, order) = read::<WorkOrder>(&signed)?;
    Ok(match orders::take(&app, &signed, &value, &order).await? {
        orders::Taken::New(answer) => (StatusCode::CREATED, Json(answer)),
        orders::Taken::Again(answer) | orders::Taken::Completed(answer) => (StatusCode::OK, Json(answer)),
    })
}

/// Takes what comes later about an order: a supplement, a word to hurry, a
/// withdrawal, a further call. Each has a number of its own and happens once;
/// one that overtakes its order waits for it.
#[utoipa::path(
    post,
    path = "/api/v1/hotline/work-orders/{ext_order_no}/events",
    tag = "hotline",
    security(()),
    params(
        ("ext_order_no" = String, Path, description = "The order"),
        ("X-Tonghu-Client" = String, Header, description = "The partner"),
        ("X-Tonghu-Timestamp" = String, Header, description = "Unix seconds, within 300 of now"),
        ("X-Tonghu-Nonce" = String, Header, description = "16 to 64 characters, used once"),
        ("X-Tonghu-Signature" = String, Header, description = "As for the order"),
    ),
    request_body(
        content = OrderEvent,
        examples(
            ("supplement" = (value = json!({
                "event_id": "SZ12345-20261123-000017-E1", "kind": "supplement", "at": "2026-11-23T08:55:00+08:00",
                "content": "来电人补充：孩子今天没去上学", "danger_flags": ["locked_up"]
            }))),
            ("urge" = (value = json!({
                "event_id": "SZ12345-20261123-000017-E2", "kind": "urge", "at": "2026-11-23T08:57:00+08:00"
            }))),
            ("cancel" = (value = json!({
                "event_id": "SZ12345-20261123-000017-E3", "kind": "cancel", "at": "2026-11-23T08:58:00+08:00"
            }))),
            ("call_again" = (value = json!({
                "event_id": "SZ12345-20261123-000017-E4", "kind": "call_again", "at": "2026-11-23T08:59:00+08:00",
                "content": "来电人再次来电：刚才又听见哭喊", "caller": { "phone": "16000000001", "safe_phone": false }
            }))),
        )
    ),
    responses(
        (
            status = 201, description = "Taken", body = EventAnswer,
            example = json!({
                "ext_order_no": "SZ12345-20261123-000017", "event_id": "SZ12345-20261123-000017-E1",
                "kind": "supplement", "arrived_at": "2026-11-23T01:00:00Z"
            })
        ),
        (
            status = 200, description = "It was here before, the same", body = EventAnswer,
            example = json!({
                "ext_order_no": "SZ12345-20261123-000017", "event_id": "SZ12345-20261123-000017-E1",
                "kind": "supplement", "arrived_at": "2026-11-23T01:00:00Z"
            })
        ),
        (status = 401, description = "Header, client, address, time, nonce or signature do not hold; nothing was changed"),
        (status = 409, description = "The event's number came before with other content"),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Path(ext_order_no): Path<String>,
    signed: Signed,
) -> Result<(StatusCode, Json<EventAnswer>)> {
    let (value, event) = read::<OrderEvent>(&signed)?;
    Ok(
        match events::take(&app, &signed, &ext_order_no, (&value, &event)).await? {
            events::Taken::New(answer) => (StatusCode::CREATED, Json(answer)),
            events::Taken::Again(answer) | events::Taken::Completed(answer) => (StatusCode::OK, Json(answer)),
        },
    )
}

/// How an order stands, in neutral words: for the partner that sent it, signed
/// with an empty body, and for service accounts by their token.
#[utoipa::path(
    get,
    path = "/api/v1/hotline/work-orders/{ext_order_no}",
    tag = "hotline",
    security((), ("bearer" = [])),
    params(("ext_order_no" = String, Path, description = "The order")),
    responses(
        (
            status = 200, description = "How it stands", body = OrderStanding,
            example = json!({
                "ext_order_no": "SZ12345-20261123-000017", "number": "XS-20261123-0001", "state": "dispatched",
                "text": "已转办", "seq": 1, "arrived_at": "2026-11-23T01:00:00Z", "cancelled": false,
                "events": [{
                    "event_id": "SZ12345-20261123-000017-E2", "kind": "urge", "at": "2026-11-23T00:57:00Z"
                }]
            })
        ),
        (status = 401, description = "Neither a token that may read it nor a signature that holds"),
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    Path(ext_order_no): Path<String>,
    request: Request,
) -> Result<Json<OrderStanding>> {
    let ctx = request.extensions().get::<Ctx>();
    let client = if ctx.is_some_and(|ctx| policy::reads_order_states(ctx.actor.role)) {
        None
    } else {
        Some(Signed::from_request(request, &app).await?.client.id)
    };
    Ok(Json(orders::standing(&app, client, &ext_order_no).await?))
}
