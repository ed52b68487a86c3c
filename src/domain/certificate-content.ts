/** What a certificate states (认证证书和认证标志管理办法 7), as printed. Absent parts are null, never invented. */
export type CertificateContent = {
  readonly numberAsPrinted: string
  readonly issuingBody: string
  readonly client: { readonly name: string; readonly address: string | null }
  readonly product: {
    readonly name: string
    readonly models: readonly string[]
    readonly trademark: string | null
    readonly maker: string | null
    readonly makerAddress: string | null
  }
  readonly factory: { readonly name: string | null; readonly address: string | null }
  readonly standards: readonly string[]
  readonly requirements: string | null
  readonly certificationMode: string | null
  /** Fields of other schemes, by name. */
  readonly further: Readonly<Record<string, string>>
}
