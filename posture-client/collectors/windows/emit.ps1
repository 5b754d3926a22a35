# Shared by the scripts beside it: prints one line of JSON, with the data or with the error met. Values stay raw.
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false

function Format-Utc($date) { if ($date) { ([datetime]$date).ToUniversalTime().ToString('o') } }

function Get-RegistryValue($path, $name) {
  $key = Get-Item -LiteralPath $path -ErrorAction SilentlyContinue
  if ($key) { $key.GetValue($name) }
}

function Write-Check($check, [scriptblock]$body) {
  $row = @{ check = $check; languageMode = "$($ExecutionContext.SessionState.LanguageMode)" }
  try { $row.data = & $body }
  catch { $row.error = @{ id = $_.FullyQualifiedErrorId; hresult = $_.Exception.HResult } }
  $row | ConvertTo-Json -Compress -Depth 5
}
