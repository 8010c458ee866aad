# mypy: ignore-errors
"""The usual webhook handler: FastAPI, `construct_event`, SQLAlchemy on SQLite as it comes. Runs in its own virtual environment."""

import os
from typing import Annotated

import stripe
from fastapi import FastAPI, Header, HTTPException, Request
from sqlalchemy import String, Text, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(os.environ["DATABASE_URL"])
app = FastAPI()


class Base(DeclarativeBase):
    pass


class StripeEvent(Base):
    __tablename__ = "stripe_event"
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(255))
    payload: Mapped[str] = mapped_column(Text)


Base.metadata.create_all(engine)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/webhooks/stripe")
async def webhook(request: Request, stripe_signature: Annotated[str, Header()]) -> dict[str, bool]:
    payload = await request.body()
    try:
        event = stripe.Webhook.construct_event(payload, stripe_signature, os.environ["WEBHOOK_SECRET"])
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise HTTPException(status_code=400, detail=str(error)) from error
    with Session(engine) as session:
        if session.get(StripeEvent, event.id) is None:
            session.add(StripeEvent(id=event.id, type=event.type, payload=payload.decode()))
            session.commit()
    return {"received": True}
