import BlobCipher
import ByteLayout
import DoubleRatchet
import KeyAgreement
import Primitives
import RelayWire
import SealedSender

/// What a case must come to: success, or the class of its refusal. `Vectors/README.md` explains each.
enum Expectation: String, Codable, Hashable {
  case success
  case malformed
  case wrongSize = "wrong size"
  case outputTooLong = "output too long"
  case nonCanonicalKey = "non-canonical key"
  case smallOrderKey = "small-order key"
  case invalidPoint = "invalid point"
  case authenticationFailure = "authentication failure"
  case invalidSignature = "invalid signature"
  case tooManySkipped = "too many skipped"
  case duplicate
  case mismatch
  case ruleBroken = "rule broken"
  case expired
  case superseded
  case downgrade
  case refused
  case wrongEpoch = "wrong epoch"

  /// The class of what was thrown; nil for what says nothing about the input, such as missing memory.
  init?(classOf error: any Error) {
    switch error {
    case let error as LayoutError: self.init(error)
    case let error as PrimitiveError: self.init(error)
    case let error as RatchetError: self.init(error)
    case let error as KeyAgreementError: self.init(error)
    case SealedSenderError.refused: self = .refused
    case SealedSenderError.payloadTooLong: self = .outputTooLong
    case is InvalidSignature: self = .invalidSignature
    case is WrongCode: self = .mismatch
    case RelayProofRefusal.mismatch: self = .mismatch
    case RelayProofRefusal.refused: self = .refused
    case is WireError: self = .malformed
    case let error as BlobError: self.init(error)
    default: return nil
    }
  }

  private init(_ error: LayoutError) {
    if case .wrongByteCount = error { self = .wrongSize } else { self = .malformed }
  }

  private init?(_ error: BlobError) {
    switch error {
    case .wrongByteCount: self = .wrongSize
    case .wrongDigest, .wrongCommitment: self = .mismatch
    case .unknownVersion: self = .malformed
    case .notAuthentic: self = .authenticationFailure
    case .primitive(let error): self.init(error)
    case .tooLarge, .contentChanged, .unreadable, .unwritable: return nil
    }
  }

  private init?(_ error: PrimitiveError) {
    switch error {
    case .nonCanonicalKey: self = .nonCanonicalKey
    case .nonContributoryKey: self = .smallOrderKey
    case .invalidPoint: self = .invalidPoint
    case .authenticationFailed: self = .authenticationFailure
    case .wrongByteCount: self = .wrongSize
    case .outputTooLong: self = .outputTooLong
    default: return nil
    }
  }

  private init?(_ error: RatchetError) {
    switch error {
    case .malformedHeader: self = .malformed
    case .tooManySkipped: self = .tooManySkipped
    case .wrongEpoch: self = .wrongEpoch
    case .malformedFragment, .malformedArchive: self = .malformed
    case .duplicate: self = .duplicate
    case .authenticationFailed: self = .authenticationFailure
    case .primitive(let error): self.init(error)
    default: return nil
    }
  }

  private init?(_ error: KeyAgreementError) {
    switch error {
    case .layout(let error): self.init(error)
    case .primitive(let error): self.init(error)
    case .invalidSignature: self = .invalidSignature
    case .mismatch, .ownDevice: self = .mismatch
    case .deviceList: self = .ruleBroken
    case .bundleTooOld, .bundleFromFuture: self = .expired
    case .bundleSuperseded: self = .superseded
    case .suiteRefused: self = .downgrade
    }
  }
}

/// A signature did not verify: the refusal of the Ed25519 cases, where the library only says no.
struct InvalidSignature: Error {}
