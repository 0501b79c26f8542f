package import ByteLayout
package import Primitives
import SecretMemory

/// Why a structure or a handshake was refused. Carries sizes, numbers and kinds, never data.
package enum KeyAgreementError: Error, Hashable, Sendable {
  /// The bytes do not follow their layout.
  case layout(LayoutError)
  /// A key was refused, or the library or its memory failed.
  case primitive(PrimitiveError)
  /// A signature does not verify under the key that it must verify under.
  case invalidSignature(SignedStructure)
  /// A structure speaks of another thing than the one that it is used for.
  case mismatch(MatchedField)
  /// A device list breaks a rule of its own or of its succession (C1).
  case deviceList(DeviceListRule)
  /// The bundle was issued more than 60 days ago (Protocol §6).
  case bundleTooOld(days: UInt64)
  /// Issued more than a day after now: a wrong clock, here or there. Unix seconds.
  case bundleFromFuture(issuedAt: UInt64)
  /// A newer bundle of this device has been seen: somebody serves an old one.
  case bundleSuperseded(bundleID: UInt32, newestSeen: UInt32)
  /// The suite is below what both sides list, or below what is spoken at all: a downgrade, or a device of an older version.
  case suiteRefused(Suite)
  /// The peer is this device itself (Protocol §9, attack 24).
  case ownDevice

  /// The structures that carry signatures.
  package enum SignedStructure: Hashable, Sendable {
    case deviceConsent, deviceList, bundle, signedPrekey, oneTimePrekey
  }

  /// The fields by which structures refer to one another.
  package enum MatchedField: Hashable, Sendable {
    case account, device, deviceKey, suites, bundleID, oneTimePrekeyID, kemPrekeyID, sessionID
  }

  /// Runs a step that reads or writes a layout.
  static func layout<Result: ~Copyable>(
    of step: () throws(LayoutError) -> Result
  ) throws(KeyAgreementError) -> Result {
    do throws(LayoutError) { return try step() } catch { throw .layout(error) }
  }

  /// Runs a step that uses a primitive.
  static func primitive<Result: ~Copyable>(
    in step: () throws(PrimitiveError) -> Result
  ) throws(KeyAgreementError) -> Result {
    do throws(PrimitiveError) { return try step() } catch { throw .primitive(error) }
  }

  /// Runs a step that only needs secret memory.
  static func memory<Result: ~Copyable>(
    for step: () throws(SecretMemoryError) -> Result
  ) throws(KeyAgreementError) -> Result {
    do throws(SecretMemoryError) { return try step() } catch { throw .primitive(.secretMemory(error)) }
  }
}
