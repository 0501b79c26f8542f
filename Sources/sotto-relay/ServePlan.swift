import Ambient
import Foundation
import RelayBlobs
import RelayCore
import RelayServer
import RelaySettings
import Settings
import RelayWire
import Systemd

/// What `serve` is going to do, from settings that were checked: so that `config check` finds what `serve` would refuse.
struct ServePlan {
  let address: ListenAddress
  let dataFolder: String
  let certificateFile: String?
  let keyFile: String?
  let limits: RateLimits?
  var admission = StoreAdmission()
  var blobQuota = BlobQuota()
  let metricsAddress: ListenAddress?
  private let settings: RelaySettings

  /// - Throws: ``ConfigurationFailure`` for what the table alone cannot judge.
  init(_ settings: RelaySettings) throws(ConfigurationFailure) {
    self.settings = settings
    dataFolder = settings.text(.data)
    certificateFile = settings.optionalText(.tlsCertificate)
    keyFile = settings.optionalText(.tlsKey)
    let protection: ListenAddress.Protection =
      certificateFile != nil ? .tls : settings.isOn(.insecurePlaintext) ? .insecure : .loopback
    do throws(ListenAddressError) {
      address = try ListenAddress(settings.text(.listen), protection: protection)
    } catch {
      let origin = settings.origin(.listen).description(of: RelaySetting.listen)
      throw ConfigurationFailure(problems: ["\(origin): listen is \"\(settings.text(.listen))\": \(error)"])
    }
    do throws(ListenAddressError) {
      metricsAddress = try settings.optionalText(.metricsListen).map { (text) throws(ListenAddressError) in
        try ListenAddress(text, protection: settings.isOn(.metricsAnyAddress) ? .insecure : .loopback)
      }
    } catch {
      let origin = settings.origin(.metricsListen).description(of: RelaySetting.metricsListen)
      throw ConfigurationFailure(problems: [
        "\(origin): metrics.listen must be an address of loopback and a port, or unix:PATH; --metrics-any-address allows others."
      ])
    }
    func rate(_ burst: RelaySetting, _ perSecond: RelaySetting) -> TokenBucket.Rate {
      TokenBucket.Rate(capacity: Double(settings.number(burst)), perSecond: Double(settings.number(perSecond)))
    }
    limits =
      settings.text(.rateLimits) == "off"
      ? nil
      : RateLimits(
        connection: rate(.connectionBurst, .connectionPerSecond), entry: rate(.entryBurst, .entryPerSecond),
        address: rate(.addressBurst, .addressPerSecond),
        registration: TokenBucket.Rate(
          capacity: Double(settings.number(.registrationBurst)),
          perSecond: Double(settings.number(.registrationPerHour)) / 3_600))
    admission.registration = RegistrationMode(rawValue: settings.text(.registration)) ?? .closed
    admission.requestWorkBits = UInt32(settings.number(.requestWorkBits))
    admission.quota = MailboxQuota(
      envelopes: UInt64(settings.number(.quotaEnvelopes)), bytes: UInt64(settings.number(.quotaBytes)))
    blobQuota = BlobQuota(
      totalByteCount: UInt64(settings.number(.blobsTotalBytes)),
      mailboxByteCount: UInt64(settings.number(.blobsMailboxBytes)),
      maximumFileByteCount: UInt64(settings.number(.blobsFileBytes)),
      retention: Retention(rawValue: UInt32(settings.number(.blobsRetentionDays))) ?? .month)
  }

  /// Log, numbers, and how to begin and end.
  func operation(environment: [String: String]) -> RelayOperation {
    var operation = RelayOperation()
    let isText =
      settings.text(.logFormat) == "text" || settings.text(.logFormat) == "auto" && isatty(STDERR_FILENO) == 1
    operation.log = RelayLog(
      level: RelayLogEvent.Level(settings.text(.logLevel)) ?? .notice, format: isText ? .text : .json,
      clock: SystemWallClock()
    ) { FileHandle.standardError.write(Data($0.utf8)) }
    operation.metricsAddress = metricsAddress
    operation.dataFolder = dataFolder
    operation.maximumConnections = settings.number(.maximumConnections)
    operation.endingLimit = .seconds(settings.number(.shutdownSeconds))
    operation.notifier = SystemdNotifier(environment: environment)
    return operation
  }
}
