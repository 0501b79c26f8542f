/// Every way in which a call can fail. Names and numbers are a contract: they are never given another meaning.
package enum ErrorKind: String, CaseIterable, Sendable {
  case parse = "parse_error"
  case request = "invalid_request"
  case method = "method_not_found"
  case params = "invalid_params"
  case internalError = "internal_error"

  case unauthenticated
  case forbidden
  case storeLocked = "store_locked"
  case notReady = "not_ready"

  case notFound = "not_found"
  case conflict
  case windowClosed = "window_closed"
  case contentGone = "content_gone"
  case limitReached = "limit_reached"

  case untrustedIdentity = "untrusted_identity"
  case notVerified = "not_verified"
  case noSession = "no_session"
  case noPrekeys = "no_prekeys"
  case blocked
  case notAMember = "not_a_member"
  case roleRequired = "role_required"
  case peerUnsupported = "peer_unsupported"
  case requestPending = "request_pending"

  case forwardForbidden = "forward_forbidden"
  case viewOnceUsed = "view_once_used"

  case rateLimited = "rate_limited"
  case relayUnreachable = "relay_unreachable"
  case relayRejected = "relay_rejected"
  case quotaExceeded = "quota_exceeded"
  case tooLarge = "too_large"
  case timeout

  case storageFull = "storage_full"
  case storageCorrupt = "storage_corrupt"
  case cursorGone = "cursor_gone"

  /// The number in `error.code`.
  package var code: Int64 {
    switch self {
    case .parse: -32700
    case .request: -32600
    case .method: -32601
    case .params: -32602
    case .internalError: -32603
    case .unauthenticated: 1001
    case .forbidden: 1002
    case .storeLocked: 1003
    case .notReady: 1004
    case .notFound: 1101
    case .conflict: 1102
    case .windowClosed: 1103
    case .contentGone: 1104
    case .limitReached: 1105
    case .untrustedIdentity: 1201
    case .notVerified: 1202
    case .noSession, .noPrekeys: 1203
    case .blocked: 1204
    case .notAMember, .roleRequired: 1205
    case .peerUnsupported: 1206
    case .requestPending: 1207
    case .forwardForbidden: 1301
    case .viewOnceUsed: 1302
    case .rateLimited: 1401
    case .relayUnreachable: 1402
    case .relayRejected: 1403
    case .quotaExceeded: 1404
    case .tooLarge: 1405
    case .timeout: 1406
    case .storageFull: 1501
    case .storageCorrupt: 1502
    case .cursorGone: 1503
    }
  }

  /// Whether the same call may succeed later without anything else being done.
  package var isRetryable: Bool {
    switch self {
    case .notReady, .rateLimited, .relayUnreachable, .timeout, .storageFull, .noSession, .noPrekeys, .requestPending:
      true
    default: false
    }
  }

  /// What it means, for the reference.
  package var summary: String {
    switch self {
    case .parse: "The frame is no JSON, is too long, or is nested too deeply."
    case .request: "The JSON is no JSON-RPC 2.0 request."
    case .method: "There is no method of this name."
    case .params: "A parameter is missing, unknown, or not as the method wants it."
    case .internalError: "Something unexpected; data.errorId finds it in the daemon's log."
    case .unauthenticated: "The caller did not say who it is."
    case .forbidden: "The caller lacks the scope of this method."
    case .storeLocked: "The vault is not unlocked."
    case .notReady: "Not now: the daemon is starting or ending, or too much waits."
    case .notFound: "There is no such thing."
    case .conflict: "Something is in the way; the message says what."
    case .windowClosed: "It is too late for this; data.limitMs says how long it would have been possible."
    case .contentGone:
      "The content is destroyed; data.reason is expired, deleted or viewed, or view_once for what is not quoted."
    case .limitReached: "No more of these are allowed."
    case .untrustedIdentity: "The contact's devices have changed and wait to be accepted; see identity.accept."
    case .notVerified: "The policy wants this contact to be verified first."
    case .noSession: "Nothing is known yet of the contact's devices."
    case .noPrekeys: "The contact's relay has no keys to begin with."
    case .blocked: "The contact is blocked here, or closed this chat."
    case .notAMember: "Not a member of this group."
    case .roleRequired: "This needs another role in the group."
    case .peerUnsupported: "The other side's program cannot do this; data.feature says what."
    case .requestPending: "The other side has not answered the request yet."
    case .forwardForbidden: "This may not be forwarded."
    case .viewOnceUsed: "This was opened before, or its time is over."
    case .rateLimited: "Too many calls; data.retryAfterMs says when."
    case .relayUnreachable: "A relay cannot be reached. What was to be sent is kept."
    case .relayRejected: "A relay refused, or did not answer as it should."
    case .quotaExceeded: "The relay gives no more room."
    case .tooLarge: "It is larger than what is taken."
    case .timeout: "It took too long. What was to be sent is kept."
    case .storageFull: "The disk is full; nothing was changed."
    case .storageCorrupt: "The vault is damaged."
    case .cursorGone: "Events before data.oldestSeq are not kept any more."
    }
  }
}
