"""What Word and WPS put on the clipboard, cut down to what matters."""

WORD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns:st1="urn:schemas-microsoft-com:office:smarttags">
<head><meta name=Generator content="Microsoft Word 15"><link rel=File-List href="file:///C:/Temp/filelist.xml">
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->
<style><!-- p.MsoNormal {mso-style-unhide:no; font-family:"Calibri",sans-serif;} --></style></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1 style='mso-pagination:widow-orphan'><a name="_Toc1"></a><span lang=EN-US>Cold
hall<o:p></o:p></span></h1>
<p class=MsoNormal style='margin-bottom:0cm'><st1:place w:st="on"><b style='mso-bidi-font-weight:normal'><span
style='font-size:14.0pt'>Bei</span></b><b><span lang=EN-US>jing</span></b></st1:place><font color="#FF0000"> opens
it&nbsp;</font><i>soon</i>, at 2&nbsp;–&nbsp;8&nbsp;°C<sup>1</sup>.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
</span></span></span><![endif]>Grade B rooms<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>1.<span>&nbsp; </span></span><![endif]>with airlocks<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:
Ignore'>·<span>&nbsp;&nbsp; </span></span><![endif]>Stores<o:p></o:p></p>
<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0 width=604 style='border-collapse:collapse'>
<tr style='mso-yfti-irow:0'><td width=302 valign=top style='width:226.5pt;border:solid windowtext 1.0pt'>
<p class=MsoNormal>Room<o:p></o:p></p></td><td width=302 colspan=1><p class=MsoNormal>Area<o:p></o:p></p></td></tr>
<tr><td><p class=MsoNormal>A1</p></td><td align=right><p class=MsoNormal>40 m²<o:p></o:p></p></td></tr></table>
<p class=MsoNormal>See <a href="https://example.org/a?b=1&amp;c=2" style='color:blue'>the plan</a> and <a
href="#_ftn1"><span class=MsoFootnoteReference>[1]</span></a>.</p>
<!--EndFragment--></body></html>"""

WORD_CLEAN = """<h2>Cold hall</h2>
<p><strong>Beijing</strong> opens it&nbsp;<em>soon</em>, at 2&nbsp;–&nbsp;8&nbsp;°C<sup>1</sup>.</p>
<ul>
<li>Grade B rooms
<ol>
<li>with airlocks</li>
</ol></li>
<li>Stores</li>
</ul>
<table>
<tbody>
<tr>
<td>Room</td>
<td>Area</td>
</tr>
<tr>
<td>A1</td>
<td>40 m²</td>
</tr>
</tbody>
</table>
<p>See <a href="https://example.org/a?b=1&amp;c=2">the plan</a> and [1].</p>"""

WPS = """<html><head><meta name="Generator" content="WPS Office ET"><style>.15{font-family:宋体;}</style></head><body>
<!--StartFragment--><p class="MsoNormal" align="center" style="text-align:center;"><b><span class="15"
style="mso-spacerun:'yes';font-family:宋体;font-size:16pt;"><font face="宋体">北京经开区</font></span></b><b><span
class="15"><font face="宋体">细胞治疗</font></span></b><span><o:p></o:p></span></p>
<p class="MsoNormal" style="text-indent:28pt;"><span><font face="宋体">　　园区设有</font></span><span
style="font-weight:bold">冷链</span><span><font face="宋体">平台，
服务全区企业。</font></span></p><p class="MsoNormal"><span>&nbsp;</span></p>
<p class="MsoNormal" style="mso-list:l0 level1 lfo1;"><!--[if !supportLists]--><span
style="mso-list:Ignore;">1、<span>&nbsp;</span></span><!--[endif]--><span><font face="宋体">预约</font></span></p>
<p class="MsoNormal" style="mso-list:l0 level1 lfo1;"><!--[if !supportLists]--><span
style="mso-list:Ignore;">2、<span>&nbsp;</span></span><!--[endif]--><span><font face="宋体">申报</font></span></p>
<!--EndFragment--></body></html>"""

WPS_CLEAN = """<p><strong>北京经开区细胞治疗</strong></p>
<p>园区设有<strong>冷链</strong>平台，服务全区企业。</p>
<ol>
<li>预约</li>
<li>申报</li>
</ol>"""
