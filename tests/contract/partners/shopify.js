// What a shop's own server does with Shopify's webhook: check the HMAC over the raw body, pass the order on.
const crypto = require("node:crypto");
const express = require("express");

const app = express();

app.post("/webhooks/orders-paid", express.raw({ type: "application/json" }), async (req, res) => {
  const expected = crypto.createHmac("sha256", process.env.SHOPIFY_SECRET).update(req.body).digest();
  const sent = Buffer.from(req.get("X-Shopify-Hmac-Sha256") || "", "base64");
  if (sent.length !== expected.length || !crypto.timingSafeEqual(sent, expected)) {
    return res.sendStatus(401);
  }
  const order = JSON.parse(req.body);
  const answer = await fetch(`${process.env.RESONANCE_URL}/resonance-api/manual-event`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      event: "place_order",
      email: order.email,
      metadata: {
        platform: "shopify",
        order_id: String(order.id),
        total: Number(order.total_price),
        items: order.line_items.length,
      },
    }),
  });
  res.status(answer.ok ? 200 : 502).json(await answer.json());
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
