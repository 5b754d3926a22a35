. "$PSScriptRoot\emit.ps1"
Write-Check 'applications' {
  $uninstall = 'Software\Microsoft\Windows\CurrentVersion\Uninstall\*'
  $machine = "HKLM:\$uninstall", "HKLM:\$($uninstall -replace '^Software', 'Software\WOW6432Node')"
  # Of every person who is signed in: the agent may run as another user.
  $people = Get-ChildItem Registry::HKEY_USERS -ErrorAction SilentlyContinue | ForEach-Object { "Registry::$($_.Name)\$uninstall" }
  @{
    installed = @(Get-ItemProperty -Path ($machine + @($people)) -ErrorAction SilentlyContinue |
      ForEach-Object { $_.DisplayName } | Where-Object { $_ } | Sort-Object -Unique)
    running = @(Get-Process | ForEach-Object { $_.ProcessName } | Sort-Object -Unique)
  }
}
