import ByteLayout
import FoundationEssentials

/// The limits that a relay states about itself.
package struct RelayLimits: Hashable, Sendable {
  package let maximumFrameByteCount: UInt32
  package let maximumBatch: UInt32
  package let maximumPage: UInt32
  package let maximumAdmissionEntries: UInt32

  package init(
    maximumFrameByteCount: UInt32, maximumBatch: UInt32, maximumPage: UInt32, maximumAdmissionEntries: UInt32
  ) {
    self.maximumFrameByteCount = maximumFrameByteCount
    self.maximumBatch = maximumBatch
    self.maximumPage = maximumPage
    self.maximumAdmissionEntries = maximumAdmissionEntries
  }

  /// ``WireLimits`` as they are told.
  package static let current = RelayLimits(
    maximumFrameByteCount: UInt32(WireLimits.maximumFrameByteCount), maximumBatch: UInt32(WireLimits.maximumPuts),
    maximumPage: UInt32(WireLimits.maximumPageItems),
    maximumAdmissionEntries: UInt32(WireLimits.maximumAdmissionEntries))

  init(_ message: Sotto_Relay_V1_Limits) {
    self.init(
      maximumFrameByteCount: message.maximumFrameBytes, maximumBatch: message.maximumBatch,
      maximumPage: message.maximumPage, maximumAdmissionEntries: message.maximumAdmissionEntries)
  }

  var message: Sotto_Relay_V1_Limits {
    var message = Sotto_Relay_V1_Limits()
    message.maximumFrameBytes = maximumFrameByteCount
    message.maximumBatch = maximumBatch
    message.maximumPage = maximumPage
    message.maximumAdmissionEntries = maximumAdmissionEntries
    return message
  }
}

/// A relay's first frame on every connection (C14).
package struct RelayHello: Hashable, Sendable {
  /// The wire version that this code speaks.
  package static let currentVersion: UInt32 = 1

  package let challenge: RelayChallenge
  package let relayKey: RelayKey
  package let version: UInt32
  package let limits: RelayLimits

  package init(
    challenge: RelayChallenge, relayKey: RelayKey, version: UInt32 = RelayHello.currentVersion,
    limits: RelayLimits = .current
  ) {
    self.challenge = challenge
    self.relayKey = relayKey
    self.version = version
    self.limits = limits
  }

  init(_ message: Sotto_Relay_V1_Hello) throws(WireError) {
    guard message.hasLimits else { throw .missing(field: "limits") }
    guard message.version >= 1 else { throw .outOfRange(field: "version") }
    self.init(
      challenge: RelayChallenge(try FixedBytes<32>(message.challenge, field: "challenge")),
      relayKey: RelayKey(try FixedBytes<32>(message.relayKey, field: "relay_key")), version: message.version,
      limits: RelayLimits(message.limits))
  }

  var message: Sotto_Relay_V1_Hello {
    var message = Sotto_Relay_V1_Hello()
    message.challenge = challenge.bytes.data
    message.relayKey = relayKey.bytes.data
    message.version = version
    message.limits = limits.message
    return message
  }
}

/// What a relay tells anyone who asks.
package struct RelayInfo: Hashable, Sendable {
  package let version: UInt32
  package let relayKey: RelayKey
  package let limits: RelayLimits
  /// Name and version of the program, ≤ 1 024 bytes.
  package let software: String
  /// What an envelope of class request needs (C15); 0: no work.
  package let requestWorkBits: UInt32
  /// Who may open a new mailbox.
  package let registration: RegistrationMode

  package init(
    version: UInt32 = RelayHello.currentVersion, relayKey: RelayKey, limits: RelayLimits, software: String,
    requestWorkBits: UInt32 = 0, registration: RegistrationMode = .open
  ) {
    self.version = version
    self.relayKey = relayKey
    self.limits = limits
    self.software = software
    self.requestWorkBits = requestWorkBits
    self.registration = registration
  }

  init(_ message: Sotto_Relay_V1_Info) throws(WireError) {
    guard message.hasLimits else { throw .missing(field: "limits") }
    try bounded(message.software.utf8.count, limit: WireLimits.maximumExplanationByteCount, field: "software")
    self.init(
      version: message.version, relayKey: RelayKey(try FixedBytes<32>(message.relayKey, field: "relay_key")),
      limits: RelayLimits(message.limits), software: message.software, requestWorkBits: message.requestWorkBits,
      registration: try RegistrationMode(message.registration))
  }

  var message: Sotto_Relay_V1_Info {
    var message = Sotto_Relay_V1_Info()
    message.version = version
    message.relayKey = relayKey.bytes.data
    message.limits = limits.message
    message.software = software
    message.requestWorkBits = requestWorkBits
    message.registration = registration.message
    return message
  }
}
