/** Plainly fictional bodies for the reference page; a test posts the first one. */
export const resultExample = {
  kind: 'issue',
  memberReference: 'SL-2026-R-0001',
  scheme: 'jiangsu-premium',
  enterprise: {
    creditCode: '91320100MA0XX00154',
    name: '示例精密机械有限公司',
    cityCode: '320100',
    industryCode: '3411',
  },
  family: 'manufacturing',
  industryCode: '3411',
  decidedOn: '2026-11-16',
  certificate: {
    number: 'SL-2026-0001',
    issuedOn: '2026-11-17',
    validUntil: '2029-11-16',
    product: { name: '示例数控车床', models: ['SL-100', 'SL-200'], trademark: '示例', maker: '示例精密机械有限公司' },
    factory: { name: '示例一厂', address: '南京市示例路 1 号' },
    standards: ['Q/SL 001-2025', 'GB/T 9061-2006'],
    certificationMode: '型式试验 + 初始工厂检查 + 获证后监督',
  },
}
