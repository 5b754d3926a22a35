. "$PSScriptRoot\emit.ps1"
Write-Check 'os-updates' {
  $automatic = New-Object -ComObject Microsoft.Update.AutoUpdate
  $searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
  $searcher.Online = $false
  $updates = @($searcher.Search("IsInstalled=0 and Type='Software' and IsHidden=0").Updates)
  $utc = { param($date) if ($date) { [datetime]::SpecifyKind($date, 'Utc').ToString('o') } }
  @{
    lastSearch = & $utc $automatic.Results.LastSearchSuccessDate
    lastInstallation = & $utc $automatic.Results.LastInstallationSuccessDate
    notificationLevel = [int]$automatic.Settings.NotificationLevel
    pendingTotal = $updates.Count
    pendingSecurity = @($updates | Where-Object { $_.MsrcSeverity -or
      @($_.Categories | ForEach-Object CategoryID) -contains '0fa1201d-4330-4fa8-8ae9-b877473b6441' }).Count
  }
}
