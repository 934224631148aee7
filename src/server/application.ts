import { IncomingMessage, ServerResponse, type RequestListener, type ServerOptions } from 'node:http'
import express, { type Express, type Request, type Response } from 'express'
import { errorReply, refuse, send } from './reply.ts'
import { faultOf } from './requestFaults.ts'

/** An Express application with strict paths and nothing that tells what answers. */
export function createApplication(): Express {
  const app = express()
  app.enable('strict routing')
  app.enable('case sensitive routing')
  app.disable('x-powered-by')
  app.disable('etag')
  return app
}

/** A listener, and the classes of which a server is to make the requests and responses for it. */
export type Handler = RequestListener & {
  readonly messages?: Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>
}

/**
 * The application as a listener whose every error is JSON. Where a URL cannot be parsed, or a handler throws, Express
 * would answer with a page of HTML.
 */
export function listenerOf(app: Express): Handler {
  const listener: RequestListener = (request, response) => {
    // A request that was read in one chunk with an earlier one, whose connection has been closed since.
    if (request.socket.destroyed) return
    const fault = faultOf(request)
    if (fault !== undefined) {
      refuse(request, response, errorReply(400, fault))
      return
    }
    // Express makes a Request and a Response of them itself; its types do not say so.
    app(request as Request, response as Response, (error?: unknown) => {
      if (response.headersSent) response.destroy()
      else send(response, failure(error))
    })
  }
  return Object.assign(listener, { messages: messagesOf(app) })
}

/**
 * Classes whose instances have the application's own prototypes already. Express changes the prototype of each request
 * and response to these, and V8 is slow with objects whose prototype has changed: with these classes, none changes.
 */
function messagesOf(app: Express): NonNullable<Handler['messages']> {
  class ApplicationRequest extends IncomingMessage {}
  class ApplicationResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  Object.setPrototypeOf(ApplicationRequest.prototype, app.request)
  Object.setPrototypeOf(ApplicationResponse.prototype, app.response)
  Object.assign(app, { request: ApplicationRequest.prototype, response: ApplicationResponse.prototype })
  return { IncomingMessage: ApplicationRequest, ServerResponse: ApplicationResponse }
}

/** What the router passes on: nothing for a URL without a path, a fault of the client with its status, or a bug. */
function failure(error: unknown) {
  if (error === undefined || error === null) return errorReply(400, 'the URL cannot be parsed')
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 500
    ? errorReply(status, 'the URL cannot be decoded')
    : errorReply(500, 'an internal error')
}
