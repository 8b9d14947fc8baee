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
export type CouponPage = Answer<'/api/mini/v1/coupons', 'get'>
export type Coupon = CouponPage['data'][number]
export type CouponDetail = Answer<'/api/mini/v1/coupons/{coupon_id}', 'get'>
export type Transfer = Answer<'/api/mini/v1/coupon-transfers', 'get'>['data'][number]
export type Calendar = Answer<'/api/mini/v1/check-ins', 'get'>
export type PointsSummary = Answer<'/api/mini/v1/points', 'get'>
export type PointsEntry = Answer<'/api/mini/v1/points/entries', 'get'>['data'][number]
export type Mechanism = Answer<'/api/mini/v1/points/mechanism', 'get'>
export type Badges = Answer<'/api/mini/v1/badges', 'get'>
export type Achievement = Badges['achievements'][number]
export type Ladder = Answer<'/api/mini/v1/tiers', 'get'>
export type Rung = Ladder['ladder'][number]
export type Preferences = Answer<'/api/mini/v1/message-preferences', 'get'>
export type Topic = Preferences['data'][number]
export type Way = Topic['channels'][number]
export type Subscription = Answer<'/api/mini/v1/message-templates', 'get'>['data'][number]
export type Consent = Answer<'/api/mini/v1/me/consents', 'get'>['data'][number]
export type Visit = Answer<'/api/store/v1/visits', 'post'>
export type Quote = Answer<'/api/store/v1/quotes', 'post'>
export type Choice = Quote['best']
export type Checkout = Answer<'/api/store/v1/checkouts', 'post'>
export type StaffSignedIn = Answer<'/api/store/v1/sessions', 'post'>
export type Erasure = Answer<'/api/mini/v1/me/erasure', 'post'>
