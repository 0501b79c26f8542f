import RelayCore
import RelayServer
import RelaySettings

/// What `serve` is going to do, from settings that were checked: so that `config check` finds what `serve` would refuse.
struct ServePlan {
  let address: ListenAddress
  let dataFolder: String
  let certificateFile: String?
  let keyFile: String?
  let limits: RateLimits?
  var admission = StoreAdmission()

  /// - Throws: ``ConfigurationFailure`` for what the table alone cannot judge.
  init(_ settings: RelaySettings) throws(ConfigurationFailure) {
    dataFolder = settings.text(.data)
    certificateFile = settings.optionalText(.tlsCertificate)
    keyFile = settings.optionalText(.tlsKey)
    let protection: ListenAddress.Protection =
      certificateFile != nil ? .tls : settings.isOn(.insecurePlaintext) ? .insecure : .loopback
    do throws(ListenAddressError) {
      address = try ListenAddress(settings.text(.listen), protection: protection)
    } catch {
      let origin = settings.origin(.listen).description(of: .listen)
      throw ConfigurationFailure(problems: ["\(origin): listen is \"\(settings.text(.listen))\": \(error)"])
    }
    func rate(_ burst: Setting, _ perSecond: Setting) -> TokenBucket.Rate {
      TokenBucket.Rate(capacity: Double(settings.number(burst)), perSecond: Double(settings.number(perSecond)))
    }
    limits =
      settings.text(.rateLimits) == "off"
      ? nil
      : RateLimits(
        connection: rate(.connectionBurst, .connectionPerSecond), entry: rate(.entryBurst, .entryPerSecond),
        address: rate(.addressBurst, .addressPerSecond))
    admission.registration = RegistrationMode(rawValue: settings.text(.registration)) ?? .closed
    admission.requestWorkBits = UInt32(settings.number(.requestWorkBits))
    admission.quota = MailboxQuota(
      envelopes: UInt64(settings.number(.quotaEnvelopes)), bytes: UInt64(settings.number(.quotaBytes)))
  }
}
