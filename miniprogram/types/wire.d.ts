/** The API's own description as types: what each operation takes and answers. types/api.d.ts is made from /openapi.json. */
import type { paths } from './api'


export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The paths that have an operation of this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never
}[keyof paths]

type OperationOf<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never
type Json<R> = R extends { content: { 'application/json': infer B } } ? B : void

/** The body of the answer when the operation succeeds. */
export type Answer<P extends keyof paths, M extends Method> =
  OperationOf<P, M> extends { responses: infer R }
    ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R]
    : never

type Named<O> = O extends { parameters: { path: infer V } } ? { path: V } : { path?: undefined }
type Asked<O> = O extends { parameters: { query?: infer V } } ? { query?: V } : { query?: undefined }
type Said<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? { body: B } : { body?: undefined }

/** Path parameters, query and body of an operation; `intent` names what a value-moving request is for. */
export type Request<P extends keyof paths, M extends Method> = Named<OperationOf<P, M>> &
  Asked<OperationOf<P, M>> &
  Said<OperationOf<P, M>> & { intent?: string }

export type Home = Answer<'/api/mini/v1/home', 'get'>
export type CheckInToday = Home['check_in']
export type Offer = Home['offers'][number]
export type OfferedSubscription = Home['subscriptions'][number]
export type Member = Answer<'/api/mini/v1/me', 'get'>
export type Badge = Member['standing']['tier']['badge']
export type SignedIn = Answer<'/api/mini/v1/sessions', 'post'>
