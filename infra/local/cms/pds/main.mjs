// A server of Bluesky's protocol, and a directory of accounts in memory that is nobody else's. Both end with this process.
import { PDS, envToCfg, envToSecrets, readEnv } from '@atproto/pds'
import plc from '@did-plc/server'

// Nobody but this machine is answered.
const here = (app) => {
  const listen = app.listen.bind(app)
  app.listen = (port) => listen(port, '127.0.0.1')
}

const directory = plc.PlcServer.create({ db: plc.Database.mock(), port: Number(process.env.PLC_PORT) })
here(directory.app)
await directory.start()
const env = readEnv()
const server = await PDS.create(envToCfg(env), envToSecrets(env))
here(server.app)
await server.start()
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
