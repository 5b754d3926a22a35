. "$PSScriptRoot\emit.ps1"
Write-Check 'accounts' {
  $group = [ADSI]"WinNT://$env:COMPUTERNAME/$(
    (New-Object Security.Principal.SecurityIdentifier 'S-1-5-32-544').Translate([Security.Principal.NTAccount]).Value.Split('\')[-1]),group"
  # ADSI and not Get-LocalGroupMember: the latter fails on members whose account was deleted.
  $members = @($group.Invoke('Members') | ForEach-Object {
    ($_.GetType().InvokeMember('ADsPath', 'GetProperty', $null, $_, $null) -replace '^WinNT://', '' -split '/')[-2..-1] -join '\' })
  $me = [Security.Principal.WindowsIdentity]::GetCurrent()
  @{
    administrators = $members; sessionUser = (Get-CimInstance -ClassName Win32_ComputerSystem -Property UserName).UserName
    agentUser = $me.Name; agentGroups = @($me.Claims | Where-Object Type -match 'groupsid$|denyonlysid$' | ForEach-Object Value)
  }
}
