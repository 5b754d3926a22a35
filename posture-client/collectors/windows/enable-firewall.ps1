. "$PSScriptRoot\emit.ps1"
# Remediation: switches all three profiles on. Group policy, where there is one, has the last word.
Set-NetFirewallProfile -All -Enabled True
