// Starts the explorer on this server's own document. Nothing is asked of any other host.
Scalar.createApiReference('#explorer', {
  url: '/v1/openapi.json',
  servers: [{ url: location.origin, description: 'This server' }],
  proxyUrl: '',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
  persistAuth: false,
  defaultOpenAllTags: false,
  documentDownloadType: 'direct',
})
