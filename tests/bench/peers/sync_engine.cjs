// @supabase/stripe-sync-engine behind fastify, as its README shows it: verify, then upsert the object into PostgreSQL.
const { StripeSync, runMigrations } = require('@supabase/stripe-sync-engine')
const fastify = require('fastify')

const { DATABASE_URL, WEBHOOK_SECRET, PORT } = process.env

// runMigrations tells its logger of an error and goes on; here an error ends the peer.
const failing = { info() {}, warn() {}, error(error) { console.error(String(error)); process.exitCode = 1 } }

async function main() {
  await runMigrations({ databaseUrl: DATABASE_URL, schema: 'stripe', logger: failing })
  if (process.exitCode) return
  const sync = new StripeSync({
    poolConfig: { connectionString: DATABASE_URL, max: 10, keepAlive: true },
    stripeSecretKey: 'sk_test_unused',
    stripeWebhookSecret: WEBHOOK_SECRET,
  })
  const app = fastify()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => done(null, body))
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/stored', async () => (await sync.postgresClient.query('select count(*)::int as charges from stripe.charges')).rows[0])
  app.post('/webhooks/stripe', async (request) => {
    await sync.processWebhook(request.body, request.headers['stripe-signature'])
    return { received: true }
  })
  process.once('SIGTERM', () => app.close().then(() => process.exit(0)))
  await app.listen({ host: '127.0.0.1', port: Number(PORT) })
}

main().catch((error) => {
  console.error(String(error))
  process.exit(1)
})
