"""Stock-takes: sessions, locks and counts."""

from __future__ import annotations

from api.routes.route import Route, begin, delete, post, put
from domain.stock_take import counting
from domain.stock_take.session import StockTakeSession

SESSION = "/stock-take/sessions/{id}"
COMPLETE = begin(f"{SESSION}/complete", counting.complete_session, "Post the variances")

STOCK_TAKE: tuple[Route, ...] = (
    post("/stock-take/sessions", counting.create_session, "Plan a stock-take", 201),
    post("/stock-take/sessions/join", counting.join_session, "Join with a code"),
    put(SESSION, StockTakeSession.change, "Change the set-up"),
    post(f"{SESSION}/start", counting.start_session, "Start a draft, or resume after a pause"),
    post(f"{SESSION}/pause", StockTakeSession.pause, "Let counting rest"),
    post(f"{SESSION}/resume", StockTakeSession.resume, "Let counting go on"),
    COMPLETE,
    post(f"{SESSION}/cancel", counting.cancel_session, "End it with nothing posted"),
    post("/stock-take/counts", counting.record_count, "Record what is on a shelf", 201),
    delete("/stock-take/counts/{id}", counting.withdraw_count, "Take back an own count"),
    post("/stock-take/locks", counting.lock_item, "Lock an item for counting", 201),
    delete("/stock-take/locks/{id}", counting.release_lock, "Give an own lock back"),
    post("/stock-take/locks/{id}/break", counting.break_lock, "Break somebody's lock"),
)
