# Asks for the PIN in a window of its own and prints it; exit code 1 when the person does not give one.
param([Parameter(Mandatory = $true)][string]$Question)
Add-Type -AssemblyName System.Windows.Forms
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8

$form = New-Object System.Windows.Forms.Form -Property @{
  Text = 'Sluis'; Width = 420; Height = 170; TopMost = $true; StartPosition = 'CenterScreen'
  FormBorderStyle = 'FixedDialog'; MaximizeBox = $false; MinimizeBox = $false
}
$label = New-Object System.Windows.Forms.Label -Property @{ Text = $Question; Left = 12; Top = 12; Width = 380; Height = 36 }
$pin = New-Object System.Windows.Forms.TextBox -Property @{
  Left = 12; Top = 52; Width = 380; MaxLength = 32; UseSystemPasswordChar = $true
}
$ok = New-Object System.Windows.Forms.Button -Property @{ Text = 'OK'; Left = 316; Top = 88; DialogResult = 'OK' }
$form.AcceptButton = $ok
$form.Controls.AddRange(@($label, $pin, $ok))
$form.Add_Shown({ $pin.Focus() | Out-Null })
if ($form.ShowDialog() -ne 'OK') { exit 1 }
[Console]::Out.Write($pin.Text + "`n")
